// A job of a tree: what it is, how far it is, and why it failed.
import type { TreeNode } from '@drover/monitor';
import { span } from '../../../src/text/words.js';
import { now } from '../../live/fleet.js';
import { Badge } from '../../parts/badge.js';
import { Bar } from '../../parts/bar.js';
import { JobLink } from '../../parts/links.js';
import { Text } from '../../parts/text.js';

export function Node({ of }: { of: TreeNode }) {
  const { role, id, queue, failure, progress } = of;
  return (
    <div class={failure ? 'node failed' : 'node'}>
      {(role === 'postprocess' || role === 'callback' || role === 'returned') && (
        <span class="node-role">{role}</span>
      )}
      <span class="node-name">
        <Text of={nameOf(of)} />
      </span>
      <JobLink id={id} queue={queue} />
      <Badge of={stateOf(of)} />
      {progress && (
        <Bar label="Parts that have ended" value={progress.completed} max={progress.parts} />
      )}
      {progress && progress.failed > 0 && <span class="bad-text">{progress.failed} failed</span>}
      {progress && progress.active > 0 && <span class="faint">{progress.active} active</span>}
      <Ran of={of} />
      {failure && (
        <span class="node-failure">
          <Text of={`${failure.name}: ${failure.message}`} />
        </span>
      )}
    </div>
  );
}

function nameOf({ kind, task }: TreeNode): string {
  if (kind === 'serial' || kind === 'parallel') return kind;
  if (task === 'drover.serial' || task === 'drover.parallel') return task.slice('drover.'.length);
  return task === '' ? 'a job that is gone' : task;
}

function stateOf({ job, task }: TreeNode): string {
  if (job) return job.outcome ?? job.status;
  return task === '' ? 'gone' : 'not put yet';
}

function Ran({ of: { job } }: { of: TreeNode }) {
  const { started, ended } = job?.times ?? {};
  if (started === undefined) return null;
  return <span class="faint">{span((ended ?? now.value) - started)}</span>;
}
