// Annotations that a running task writes and reads at once: how it talks with other processes.
import { annotationJson, annotationOf, checkAnnotationName } from '../job/annotations.js';
import { BadStatusError, InvalidArgumentError, TimeoutError } from '../errors.js';
import { laneOf, originsOf, placeOf, type Place } from '../job/handle-data.js';
import { Job } from '../job/job.js';
import { gatewayOf } from '../queue/queue-parts.js';
import { refuseEnded } from '../job/run-context.js';
import type { LocalContext } from './local-context.js';
import type { StoredJob } from '../model/records.js';
import { checkMs } from '../lib/timeout.js';
import { checkOptions, refuseUnknownOptions } from '../lib/unknown-options.js';

/** The options of `getLiveAnnotation`. */
export interface LiveAnnotationOptions {
  /** Milliseconds to wait for it. Default 0: it is read once. */
  timeout?: number;
  /** Milliseconds between reads, beside those after an event. Default: none. */
  poll?: number;
  /** The job with the annotation. Default: the running job. */
  job?: Job;
  /** The value where there is no annotation in time. Default: undefined. */
  default?: unknown;
}

/** The cure in errors after the end of the task. */
const AWAIT = 'await what the task does with annotations';

export async function setLiveAnnotation(
  run: LocalContext,
  name: string,
  value: unknown,
): Promise<void> {
  const json = annotationJson(name, value, gatewayOf(run.queue));
  refuseEnded(run, AWAIT);
  await run.store.annotate(name, json);
}

export async function getLiveAnnotation(
  run: LocalContext,
  name: string,
  options: LiveAnnotationOptions = {},
): Promise<unknown> {
  checkAnnotationName(name);
  checkOptions('getLiveAnnotation', options);
  const { timeout = 0, poll = Infinity, job = run.job, default: otherwise, ...unknown } = options;
  refuseUnknownOptions('getLiveAnnotation', unknown);
  checkMs('timeout', timeout);
  if (typeof poll !== 'number' || !(poll > 0))
    throw new InvalidArgumentError('poll must be a number of ms, above 0');
  if (!(job instanceof Job)) throw new InvalidArgumentError('job must be a job');
  refuseEnded(run, AWAIT);
  const place = placeOf(job);
  if (!place)
    throw new BadStatusError(`${String(job)} is not in a queue: nobody can have annotated it`);
  const found =
    timeout === 0
      ? await read(place, job, name)
      : await unlessStopped(run, wait(place, job, name, timeout, poll));
  return found ? found.value : otherwise;
}

type Found = { value: unknown } | undefined;

async function read({ gateway }: Place, job: Job, name: string): Promise<Found> {
  const stored = await gateway.read(job.id, laneOf(job));
  return stored && annotationOf(stored, name, gateway.revive);
}

async function wait(
  { gateway, origin }: Place,
  job: Job,
  name: string,
  timeout: number,
  poll: number,
): Promise<Found> {
  const end = performance.now() + timeout;
  for (let left = timeout; left > 0; left = end - performance.now()) {
    try {
      const hasIt = ({ annotations = {} }: StoredJob): boolean => Object.hasOwn(annotations, name);
      const ms = Math.min(left, poll);
      const stored = await gateway.waitFor(job.id, laneOf(job), hasIt, ms, originsOf(origin));
      return annotationOf(stored, name, gateway.revive);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }
  return undefined;
}

/** A wait ends with `local.signal`: a job that must stop does not wait for others. */
async function unlessStopped(run: LocalContext, waiting: Promise<Found>): Promise<Found> {
  const { signal } = run;
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
  waiting.catch(() => {});
  try {
    return await Promise.race([waiting, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
