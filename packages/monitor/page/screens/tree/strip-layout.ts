// Where the cells of a strip stand, and which one a key or the pointer leads to.
import type { PartPage } from '@drover/monitor';
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** The width and height of a cell with its gap, in px. */
export const CELL = 11;

type Part = PartPage['parts'][number];

/** So many cells fit beside each other. */
export function useColumns(box: RefObject<Element | null>): number {
  const [columns, setColumns] = useState(25);
  useEffect(() => {
    const { current } = box;
    if (!current) return;
    const observer = new ResizeObserver(([entry]) => {
      const width = entry?.contentRect.width ?? 0;
      setColumns(Math.max(1, Math.floor(width / CELL)));
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return columns;
}

/** A path of all cells of each state: a thousand parts are a few elements. */
export function pathsOf(parts: readonly Part[], columns: number): [state: string, path: string][] {
  const paths = new Map<string, string>();
  parts.forEach(({ state }, i) => {
    const x = (i % columns) * CELL;
    const y = Math.floor(i / columns) * CELL;
    const cell = `M${x} ${y}h${CELL - 1}v${CELL - 1}h${1 - CELL}z`;
    paths.set(state, (paths.get(state) ?? '') + cell);
  });
  return [...paths];
}

/** Undefined: the pointer is beside the cells. */
export function cellAt(
  { clientX, clientY }: MouseEvent,
  box: Element,
  columns: number,
  count: number,
): number | undefined {
  const { left, top } = box.getBoundingClientRect();
  const column = Math.floor((clientX - left) / CELL);
  const row = Math.floor((clientY - top) / CELL);
  const at = row * columns + column;
  return column >= 0 && column < columns && row >= 0 && at < count ? at : undefined;
}

/** Undefined: it is none of the keys of a strip. */
export function stepOf(
  key: string,
  at: number,
  columns: number,
  count: number,
): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns },
    ...{ PageDown: 5 * columns, PageUp: -5 * columns, Home: -count, End: count },
  };
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined;
  if (step === undefined) return undefined;
  return Math.min(Math.max(at + step, 0), count - 1);
}
