// Going on after the jobs that a job waited for: compare what is there with the manifest, then
// gather the results (docs/protocol/composites.md).
import { Failure, RemovedError, type Job } from '@drover/core';
import {
  encode,
  jobFromStored,
  type ClaimedJob,
  type JobGateway,
  type LaneStore,
  type Manifest,
  type StoredJob,
} from '@drover/core/internal';
import { resultOutcome, type Outcome } from '../activation/outcome.js';

/** One of those that it waits for has not ended. */
export const STILL_WAITS = {
  kind: 'waitsFor',
  schedule: undefined,
  unfinished: true,
} as const satisfies Outcome;

/**
 * What a job that waited ends in: the result of its `then`, or the array of all results; or it
 * waits on.
 */
export async function joinResult(
  store: LaneStore,
  claim: ClaimedJob,
  manifest: Manifest,
): Promise<Outcome> {
  const { keys } = store;
  const late = (claim.appended ?? [])
    .slice(manifest.appended ?? 0)
    .map(({ id, lane }) => keys.nameOf(id, keys.sibling(lane)));
  const names = manifest.then === undefined ? [...manifest.jobs, ...late] : [manifest.then];
  const found = await store.readJoined(names, 'results');
  const jobs = settled(found, names, store);
  if (!jobs) return STILL_WAITS;
  const missing = names.filter((_, i) => !found[i]);
  // One that is not stored may still come: it is to be stored by a job that has not ended (J12).
  if (missing.length > 0 && (await store.waitsFor(claim.id, missing))) return STILL_WAITS;
  const failed = jobs.find(({ result }) => result && 'failure' in result)?.result;
  if (manifest.onFailure === 'stop' && failed && 'failure' in failed)
    return stoppedBy(Failure.fromJSON(failed.failure));
  if (manifest.then === undefined)
    return { kind: 'done', value: `[${jobs.map(resultJson).join(',')}]` };
  return resultOutcome(jobs[0]?.result ?? { failure: removed('?') });
}

/** A job ends since one that it waits for failed (C2). */
export function stoppedBy(failure: Failure): Outcome {
  return { kind: 'failed', failure, abandonsChildren: true };
}

export function firstFailure(jobs: readonly Job[]): Failure | undefined {
  for (const { result } of jobs) if (result instanceof Failure) return result;
  return undefined;
}

/** The completed jobs that a job gets as its last arguments, in order. */
export async function joinedJobs(
  store: LaneStore,
  gateway: JobGateway,
  names: readonly string[],
): Promise<Job[] | 'not all have ended'> {
  const jobs = settled(await store.readJoined(names, 'handles'), names, store);
  return jobs ? jobs.map((job) => jobFromStored(job, gateway)) : 'not all have ended';
}

/**
 * The jobs with one that is gone settled as a failure; undefined while one of them has not ended.
 */
function settled(
  found: readonly (StoredJob | undefined)[],
  names: readonly string[],
  { keys }: LaneStore,
): StoredJob[] | undefined {
  const jobs = found.map((job, i) => job ?? gone(keys.named(names[i] ?? '?')));
  return jobs.every(({ state }) => state === 'finished') ? jobs : undefined;
}

/** A join never hangs on a job that somebody removed. */
function gone({ id, keys }: ReturnType<LaneStore['keys']['named']>): StoredJob {
  const result = { failure: removed(id) };
  const facts = { state: 'finished', claims: 0, suspended: false, hasResult: false } as const;
  return {
    id,
    lane: keys.lane,
    task: '',
    args: '[]',
    options: {},
    interruptions: 0,
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
