// A part of a screen, with its heading.
import type { ComponentChildren } from 'preact';

interface PanelProps {
  title: ComponentChildren;
  /** Buttons and links beside the heading. */
  more?: ComponentChildren;
  children: ComponentChildren;
}

export function Panel({ title, more, children }: PanelProps) {
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
        {more && <div class="panel-more">{more}</div>}
      </header>
      {children}
    </section>
  );
}

/** The heading of a screen. */
export function Heading({
  children,
  more,
}: {
  children: ComponentChildren;
  more?: ComponentChildren;
}) {
  return (
    <div class="heading">
      <h1>{children}</h1>
      {more && <div class="panel-more">{more}</div>}
    </div>
  );
}
