// Lets a job wait for its children: schedules them, makes this activation the owner, and suspends
// the job (docs/protocol/composites.md).
import { BadStatusError, Failure } from '@drover/core';
import { crashPoint, type Refused, type Schedule } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import { abandonAll } from './abandon.js';
import { WAITS, type Committed, type Outcome } from '../activation/outcome.js';
import { write, type CommitDeps, type Step } from './write.js';

type WaitsFor = Extract<Outcome, { kind: 'waitsFor' }>;

/** Refusals after which the job fails, since it cannot wait for one of the jobs. */
const NOT_TO_WAIT_FOR: Partial<Record<Refused['reason'], string>> = {
  'of another parent':
    'a job that is to start after others was put already, or belongs to another job',
  'waits for it': 'a job that it is to wait for waits for it',
};
/** In ms: a job that no end of a dependency will wake looks again after this time. */
const LOOK_AGAIN = 1_000;

export async function storeWait(run: Run, outcome: WaitsFor, deps: CommitDeps): Promise<Step> {
  const { schedule, puts } = outcome;
  if (schedule?.jobs.length === 0 && !schedule.then)
    return { kind: 'instead', outcome: { kind: 'done', value: '[]', puts } };
  const ended = schedule && (await storeSchedule(run, outcome, schedule, deps));
  return ended ?? (await suspend(run, outcome, deps));
}

/** Undefined: all children are scheduled. */
async function storeSchedule(
  run: Run,
  outcome: WaitsFor,
  schedule: Schedule,
  deps: CommitDeps,
): Promise<Step | undefined> {
  const { store } = deps;
  const { claim } = run;
  const { puts } = outcome;
  crashPoint('schedule.before');
  const withPuts = { ...schedule, puts: puts?.stored };
  const scheduled = await write(run, outcome, deps, () =>
    store.schedule(claim, withPuts, store.clock.now()),
  );
  if (scheduled.kind === 'stored') {
    puts?.committed();
    return undefined;
  }
  const refused = scheduled.kind === 'left' ? scheduled.refused : undefined;
  if (refused === 'still ending') return await waitForEnding(run, outcome, deps);
  const reason = refused && NOT_TO_WAIT_FOR[refused];
  if (!reason) return scheduled;
  const error = new BadStatusError(`job ${claim.id} cannot wait: ${reason}`);
  const failed = { kind: 'failed', failure: Failure.from(error) } as const;
  const abandoned = await abandonAll(run, failed, deps);
  return abandoned.kind === 'stored' ? { kind: 'instead', outcome: failed } : abandoned;
}

/**
 * The script refused to schedule children that failed in an earlier run and have not ended yet
 * (O3). The job waits for them. Nothing of this run is stored: the task is called once more, and
 * then those children run again.
 */
async function waitForEnding(run: Run, outcome: WaitsFor, deps: CommitDeps): Promise<Step> {
  const { store } = deps;
  const { id } = run.claim;
  let isPartial = false;
  const looked = await write(run, outcome, deps, async () => {
    isPartial = (await store.scheduledChunks(id)) > 0;
  });
  if (looked.kind !== 'stored') return looked;
  if (!isPartial) return { kind: 'instead', outcome: WAITS };
  // The barrier stays: no end of a child would wake the job.
  return await write(run, outcome, deps, () => store.postpone(run.claim, { delay: LOOK_AGAIN }));
}

async function suspend(run: Run, outcome: WaitsFor, deps: CommitDeps): Promise<Committed> {
  const { store, activation } = deps;
  crashPoint('schedule.before-suspend');
  // Where all dependencies have ended, one that was retried from elsewhere (O3) may run again, and
  // its end does not wake this job.
  const lookAgain = outcome.unfinished ? LOOK_AGAIN : 0;
  const stored = await write(run, outcome, deps, () =>
    store.suspend(run.claim, activation, lookAgain),
  );
  crashPoint('schedule.after-suspend');
  return stored;
}
