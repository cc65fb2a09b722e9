// A run that has ended with a value, which its slot stores together with others.
import { hasScheduled, type ClaimedJob, type LaneStore } from '@drover/core/internal';
import type { Outcome } from '../activation/outcome.js';
import type { Performed } from '../run/execute.js';

/** The value is not stored yet. */
export type Ended = Performed & { outcome: Extract<Outcome, { kind: 'done' }> };

type End = Parameters<LaneStore['hand']>[0]['ended'][number];

/** Whether a run may end with others: its job needs nothing but its value to be stored. */
export function isPlain(performed: Performed): performed is Ended {
  const { run, outcome } = performed;
  const { manifest, scheduledChunks, result, options } = run.claim;
  const hasChildren = manifest && !hasScheduled(manifest, scheduledChunks);
  if (outcome.kind !== 'done' || outcome.puts) return false;
  return !hasChildren && !result && options.quotas === undefined;
}

export function endOf({ run: { claim }, outcome: { value } }: Ended): End {
  return { id: claim.id, token: claim.token, value };
}

/** The end of a pack with the values of its parts. */
export function endOfPack({ id, token }: ClaimedJob, ended: readonly Ended[]): End {
  return { id, token, value: ended.map(({ outcome }) => outcome.value) };
}

/** A composite writes its children, a postprocess reads them: the event loop turns meanwhile. */
export function waitsForStore(claim: ClaimedJob | undefined): boolean {
  return claim !== undefined && (claim.task.startsWith('drover.') || !!claim.joined);
}
