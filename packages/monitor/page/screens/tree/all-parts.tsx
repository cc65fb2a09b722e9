// All parts of a composite of many, as a strip; read only while it is open.
import type { TreeNode } from '@drover/monitor';
import { useState } from 'preact/hooks';
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { LookedAt } from '../../parts/looked.js';
import { Strip } from './strip.js';

/** So many parts stand in one strip. */
const PAGE = 1_000;

export function AllParts({ of: { id, queue, role, progress } }: { of: TreeNode }) {
  const [isOpen, setOpen] = useState(role === 'root');
  const [start, setStart] = useState(0);
  const looked = useRead(isOpen && progress ? reads.parts(id, queue, start) : undefined);
  if (!progress) return null;
  return (
    <details
      class="all-parts"
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>All {progress.parts} parts in order</summary>
      {isOpen && (
        <LookedAt at={looked}>
          {(page) => (
            <>
              <Strip of={page} />
              {page.total > PAGE && <Pages start={start} total={page.total} go={setStart} />}
            </>
          )}
        </LookedAt>
      )}
    </details>
  );
}

interface PagesProps {
  start: number;
  total: number;
  go: (start: number) => void;
}

function Pages({ start, total, go }: PagesProps) {
  return (
    <div class="pager">
      <button type="button" disabled={start === 0} onClick={() => go(start - PAGE)}>
        ← Before
      </button>
      <span class="faint">
        {start + 1}–{Math.min(start + PAGE, total)} of {total}
      </span>
      <button type="button" disabled={start + PAGE >= total} onClick={() => go(start + PAGE)}>
        More →
      </button>
    </div>
  );
}
