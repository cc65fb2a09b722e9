// Tabs are links: each has an address.
import type { ComponentChildren } from 'preact';

export interface Tab {
  key: string;
  name: ComponentChildren;
  href: string;
  /** A number beside the name. */
  count?: number | undefined;
}

export function Tabs({ label, tabs, open }: { label: string; tabs: readonly Tab[]; open: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ key, name, href, count }) => (
        <a key={key} href={href} aria-current={key === open ? 'page' : undefined}>
          {name}
          {count !== undefined && <span class={count > 0 ? 'count' : 'count zero'}>{count}</span>}
        </a>
      ))}
    </nav>
  );
}
