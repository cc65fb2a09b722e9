// Goes from page to page of a list that the API pages.
interface PagerProps {
  start: number;
  shown: number;
  limit: number;
  more: boolean;
  /** The address of the page that begins there. */
  hrefOf: (start: number) => string;
}

export function Pager({ start, shown, limit, more, hrefOf }: PagerProps) {
  if (start === 0 && !more) return null;
  const before = Math.max(0, start - limit);
  return (
    <nav class="pager" aria-label="Pages">
      {start > 0 && <a href={hrefOf(before)}>← Before</a>}
      <span class="faint">{shown > 0 ? `${start + 1}–${start + shown}` : `behind ${start}`}</span>
      {more && <a href={hrefOf(start + limit)}>More →</a>}
    </nav>
  );
}
