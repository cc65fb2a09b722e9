// Abandons the children of a job that ends without them, before its end is stored.
import { hasScheduled } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import { write, type CommitDeps } from './write.js';

type Failed = Extract<Outcome, { kind: 'failed' }>;

/**
 * An interrupted run scheduled only some of its children, and this run needs none of them. Without
 * this step the incomplete chain, or the barrier, would block the job for ever.
 */
export async function abandonPartialSchedule(
  run: Run,
  outcome: Outcome,
  deps: CommitDeps,
): Promise<Committed | undefined> {
  const { manifest, scheduledChunks } = run.claim;
  if (!manifest || hasScheduled(manifest, scheduledChunks)) return undefined;
  const abandoned = await write(run, outcome, deps, () =>
    deps.store.abandonChildren(run.claim, 'reset'),
  );
  if (abandoned.kind === 'stored') run.claim.manifest = undefined;
  return abandoned;
}

/** Undefined where the job has no children to abandon. */
export async function abandonForFailure(
  run: Run,
  outcome: Failed,
  deps: CommitDeps,
): Promise<Committed | undefined> {
  const { manifest, scheduledChunks, verdict } = run.claim;
  // Fail-fast: children that have started go on (C2).
  if (outcome.abandonsChildren)
    return await write(run, outcome, deps, () =>
      deps.store.abandonChildren(run.claim, 'fail-fast'),
    );
  // The process that aborted the job may have died before it had abandoned all children.
  const isAborted = verdict?.why === 'aborted';
  if (!manifest || (hasScheduled(manifest, scheduledChunks) && !isAborted)) return undefined;
  return await abandonAll(run, outcome, deps);
}

/** Abandons all children. From then on the job fails, whichever process dies (I6). */
export function abandonAll(run: Run, outcome: Failed, deps: CommitDeps): Promise<Committed> {
  const aborted = outcome.failure.toJSON();
  return write(run, outcome, deps, () => deps.store.abandonChildren(run.claim, { aborted }));
}
