// The jobs that it waits for: its parts, its postprocess, the job that it returned.
import type { TreeNode } from '@drover/monitor';
import { Panel } from '../../parts/panel.js';
import { href } from '../../route/route.js';
import { Branches } from '../tree/branches.js';

export function Around({ of }: { of: TreeNode }) {
  const children = of.children.filter(({ role }) => role !== 'callback');
  if (children.length === 0) return null;
  const { id, queue } = of;
  return (
    <Panel
      title={of.kind === undefined ? 'It waits for' : `Parts, ${WORDS[of.kind]}`}
      more={<a href={href(['jobs', id, 'tree'], { queue })}>Tree</a>}
    >
      <Branches of={{ ...of, children }} />
    </Panel>
  );
}

const WORDS = { serial: 'one after another', parallel: 'together', joined: 'of its task' } as const;
