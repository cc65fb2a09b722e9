// One number that matters, with a link to what it counts.
import type { ComponentChildren } from 'preact';

interface CardProps {
  name: string;
  value: ComponentChildren;
  /** More about it, below. */
  more?: ComponentChildren;
  href?: string;
  tone?: 'bad' | 'warn' | undefined;
}

export function Card({ name, value, more, href, tone }: CardProps) {
  const content = (
    <>
      <span class="card-name">{name}</span>
      <span class={`card-value ${tone ?? ''}`}>{value}</span>
      {more !== undefined && <span class="card-more">{more}</span>}
    </>
  );
  return href === undefined ? (
    <div class="card">{content}</div>
  ) : (
    <a class="card" href={href}>
      {content}
    </a>
  );
}
