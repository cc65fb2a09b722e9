// A strip of cells, one for each part, with its state as a colour. It is one stop of Tab: arrow
// keys go from part to part, and Enter opens one.
import type { PartPage } from '@drover/monitor';
import { useRef, useState } from 'preact/hooks';
import { Badge } from '../../parts/badge.js';
import { JobLink } from '../../parts/links.js';
import { go } from '../../route/route.js';
import { CELL, cellAt, pathsOf, stepOf, useColumns } from './strip-layout.js';

type Part = PartPage['parts'][number];

const STATES = ['failed', 'active', 'pending', 'succeeded'] as const;

export function Strip({ of: { parts, start, total } }: { of: PartPage }) {
  const box = useRef<SVGSVGElement>(null);
  const [chosen, setChosen] = useState(0);
  const columns = useColumns(box);
  const at = Math.min(chosen, parts.length - 1);
  const part = parts[at];
  if (!part) return <p class="faint">No parts.</p>;
  const rows = Math.ceil(parts.length / columns);
  const open = ({ id, queue }: Part): void => go(['jobs', id], { queue });
  const says = `Part ${start + at + 1} of ${total}`;

  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Enter') open(part);
    const next = stepOf(event.key, at, columns, parts.length);
    if (next === undefined) return;
    event.preventDefault();
    setChosen(next);
  };
  const point = (event: PointerEvent | MouseEvent): number | undefined =>
    cellAt(event, event.currentTarget as Element, columns, parts.length);
  const follow = (event: PointerEvent): void => {
    const found = point(event);
    if (found !== undefined) setChosen(found);
  };
  const openPointed = (event: MouseEvent): void => {
    const pointed = parts[point(event) ?? -1];
    if (pointed) open(pointed);
  };

  return (
    <div class="strip">
      <svg
        ref={box}
        class="strip-cells"
        height={rows * CELL}
        role="slider"
        tabindex={0}
        aria-label="Parts"
        aria-valuemin={start + 1}
        aria-valuemax={start + parts.length}
        aria-valuenow={start + at + 1}
        aria-valuetext={`${says}: ${part.state}`}
        onKeyDown={onKey}
        onPointerMove={follow}
        onPointerDown={follow}
        onClick={openPointed}
      >
        {pathsOf(parts, columns).map(([state, path]) => (
          <path key={state} class={`cell ${state}`} d={path} />
        ))}
        <rect
          class="cell-chosen"
          x={(at % columns) * CELL}
          y={Math.floor(at / columns) * CELL}
          width={CELL - 1}
          height={CELL - 1}
        />
      </svg>
      <p class="strip-says">
        {says} <Badge of={part.state} /> <JobLink id={part.id} queue={part.queue} />
      </p>
      <NextFailed parts={parts} at={at} choose={setChosen} />
      <ul class="legend">
        {STATES.map((state) => (
          <li key={state}>
            <span class={`swatch ${state}`} aria-hidden="true" />
            {parts.filter((one) => one.state === state).length} {state}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface NextFailedProps {
  parts: readonly Part[];
  at: number;
  choose: (position: number) => void;
}

function NextFailed({ parts, at, choose }: NextFailedProps) {
  const isFailed = ({ state }: Part) => state === 'failed';
  const behind = parts.findIndex((part, i) => i > at && isFailed(part));
  const next = behind < 0 ? parts.findIndex(isFailed) : behind;
  if (next < 0) return null;
  return (
    <button type="button" onClick={() => choose(next)}>
      Next failed part
    </button>
  );
}
