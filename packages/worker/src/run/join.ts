// Collects the results of a job's children when it runs again (join): it compares the stored jobs
// with the manifest first.
import { Failure, RemovedError, type Job, type Queue } from '@drover/core';
import {
  encode,
  resultWithin,
  storedHandle,
  type ClaimedJob,
  type LaneStore,
  type LocatedJob,
  type StoredJob,
} from '@drover/core/internal';
import { decideByPolicy } from '../policy/ask-policy.js';
import { resultOutcome, STILL_WAITS, type Outcome } from '../activation/outcome.js';

/**
 * The outcome of a job whose children are scheduled. The results together may be too large where
 * each one is not: that is a commit error (R2).
 */
export async function join(
  claim: ClaimedJob,
  manifest: NonNullable<ClaimedJob['manifest']>,
  store: LaneStore,
  maxDataBytes: number,
): Promise<Outcome> {
  const joined = await joinResult(store, claim, manifest);
  if (joined.kind !== 'done') return joined;
  try {
    return { kind: 'done', value: resultWithin(claim, joined.value, maxDataBytes) };
  } catch (error) {
    return decideByPolicy(claim, 'commitError', Failure.from(error));
  }
}

/** The result of the postprocess, or the array of all results; or the job waits on. */
async function joinResult(
  store: LaneStore,
  claim: ClaimedJob,
  manifest: NonNullable<ClaimedJob['manifest']>,
): Promise<Outcome> {
  if (claim.thenValue !== undefined) return { kind: 'done', value: claim.thenValue };
  const late = (claim.appended ?? []).slice(manifest.appended ?? 0).map((job) => store.nameOf(job));
  const names = manifest.then === undefined ? [...manifest.jobs, ...late] : [manifest.then];
  const found = await store.readJoined(names, 'results');
  const jobs = settled(found, names, store);
  if (!jobs) return STILL_WAITS;
  const missing = names.filter((_, i) => !found[i]);
  // A child that is not stored may still come, from a job that has not ended (J12).
  if (missing.length > 0 && (await store.waitsFor(claim.id, missing))) return STILL_WAITS;
  const failed = jobs.find(({ result }) => result && 'failure' in result)?.result;
  if (manifest.onFailure === 'stop' && failed && 'failure' in failed)
    return failedFast(Failure.fromJSON(failed.failure));
  if (manifest.then === undefined)
    return { kind: 'done', value: `[${jobs.map(resultJson).join(',')}]` };
  return resultOutcome(jobs[0]?.result ?? { failure: removed('?') });
}

/** Fail-fast: the failure of a child ends the job (C2). */
export function failedFast(failure: Failure): Outcome {
  return { kind: 'failed', failure, abandonsChildren: true };
}

export function firstFailure(jobs: readonly Job[]): Failure | undefined {
  for (const { result } of jobs) if (result instanceof Failure) return result;
  return undefined;
}

/** The children that a postprocess gets as its last arguments, in order. */
export async function joinedJobs(
  store: LaneStore,
  queue: Queue,
  names: readonly string[],
): Promise<Job[] | 'not all have ended'> {
  const jobs = settled(await store.readJoined(names, 'handles'), names, store);
  return jobs ? jobs.map((job) => storedHandle(job, queue)) : 'not all have ended';
}

/** A removed job counts as failed. Undefined while one of the jobs has not ended. */
function settled(
  found: readonly (StoredJob | undefined)[],
  names: readonly string[],
  store: LaneStore,
): StoredJob[] | undefined {
  const jobs = found.map((job, i) => job ?? gone(store.named(names[i] ?? '?')));
  return jobs.every(({ state }) => state === 'finished') ? jobs : undefined;
}

/** Stands for a job that was removed: without it the join would wait for ever. */
function gone({ id, lane }: LocatedJob): StoredJob {
  const result = { failure: removed(id) };
  const facts = { state: 'finished', claims: 0, suspended: false, hasResult: false } as const;
  return {
    id,
    lane,
    task: '',
    args: '[]',
    options: {},
    interruptions: 0,
    attempts: 0,
    result,
    ...facts,
  };
}

function removed(id: string) {
  return Failure.from(new RemovedError(`job ${id} was removed before it had completed`)).toJSON();
}

function resultJson({ result }: StoredJob): string {
  if (!result) return 'null';
  return 'value' in result ? result.value : encode(Failure.fromJSON(result.failure), 'result');
}
