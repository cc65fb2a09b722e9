// The jobs below a job of a tree, with lines that connect them.
import type { TreeNode } from '@drover/monitor';
import { counted } from '../../../src/text/words.js';
import { AllParts } from './all-parts.js';
import { Node } from './node.js';

export function Branches({ of }: { of: TreeNode }) {
  const { hidden, kind } = of;
  if (of.children.length === 0 && hidden === 0) return null;
  return (
    <ul class="branches">
      {inOrder(of).map((child) => (
        <li key={`${child.role} ${child.id}`}>
          <Node of={child} />
          <Branches of={child} />
        </li>
      ))}
      {hidden > 0 && (
        <li>
          <span class="faint">… {counted(hidden, 'more part')}</span>
          {kind !== undefined && <AllParts of={of} />}
        </li>
      )}
    </ul>
  );
}

/** A serial is told in order; of others the parts that failed come first, then those at work. */
function inOrder({ kind, children }: TreeNode): readonly TreeNode[] {
  if (kind === 'serial') return children;
  return [...children].sort((a, b) => rankOf(a) - rankOf(b));
}

/** A postprocess and callbacks stay behind. */
function rankOf({ role, failure, job }: TreeNode): number {
  if (role === 'callback') return 4;
  if (role !== 'part') return 3;
  if (failure) return 0;
  return job?.status === 'active' ? 1 : 2;
}
