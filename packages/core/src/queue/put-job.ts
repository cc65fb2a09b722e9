// Puts jobs into a queue: checks them, makes their records, stores them, and gives their handles a
// place.
import { notAJob, unlessTask } from '../job/task-as-job.js';
import { countsFromNow, currentClock } from '../redis/clock.js';
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import type { JobGateway } from '../job/job-gateway.js';
import { checkOptions } from '../lib/unknown-options.js';
import {
  isFromNow,
  toStoredOptions,
  type JobOptions,
  type StoredJobOptions,
} from '../model/job-options.js';
import type { JobOrigin } from '../codec/stored-jobs.js';
import { crashPoint } from '../lib/crash-points.js';
import { storeLateCallbacks } from '../job/add-callback.js';
import { originOf } from '../job/handle-data.js';
import { placeJob } from '../job/handle-places.js';
import { Job } from '../job/job.js';
import { MAIN_LANE } from '../lib/names.js';
import { layOut, Placing } from '../job/placing.js';
import { currentRun, type RunContext } from '../job/run-context.js';
import { newWriting, writeNewJob } from '../job/write-job.js';
import { checkHasKey } from '../model/key-options.js';
import { inheritedMeta, mergedMeta, toStoredMeta, type JobMeta } from '../model/meta.js';
import { withPutDefaults } from '../model/queue-defaults.js';
import type { NewStoredJob, PutInstead } from '../model/records.js';
import { isSameTarget } from '../redis/same-target.js';
import { renewRemoved } from '../task/revive.js';
import { asPut } from './as-put.js';
import { jobInstead, refuseTaken } from './keyed-jobs.js';
import { putInside } from './put-middleware.js';
import { checkImmediate, type PutOptions } from './queue-options.js';
import { queueParts, type HasParts, type QueueParts } from './queue-parts.js';
import { checkPutInRun, putsOf } from './run-puts.js';

/** As `Queue.putAll`. */
export async function putJobs(
  parts: QueueParts,
  what: unknown,
  options: PutOptions,
): Promise<Job[]> {
  if (!Array.isArray(what)) throw new InvalidArgumentError('putAll takes an array of jobs');
  checkOptions('put', options);
  // A hole in the array becomes undefined, which is refused below.
  const jobs = Array.from<unknown>(what).map(unlessTask) as Job[];
  if (new Set(jobs).size < jobs.length)
    throw new BadStatusError('a job can be put once, but one is there twice');
  const { isImmediate } = parts.gateway;
  const { immediate = isImmediate, ...jobOptions } = options;
  checkImmediate(immediate);
  if (isImmediate && !immediate)
    throw new InvalidArgumentError(
      `the queue ${parts.name} is immediate: what it puts cannot be part of a task's run`,
    );
  if (jobs.length > 1 && jobOptions.key !== undefined)
    throw new InvalidArgumentError(
      'a key is the key of one job: give each job its own, as in job.with({ key })',
    );
  return await puttingAlone(jobs, async (placing) => {
    jobs.forEach(renewRemoved);
    const run = immediate ? undefined : currentRun();
    const stored = await toStored(parts, jobs, jobOptions, placing, run && originOf(run.job));
    const put = { queue: parts.name, jobs, run: run?.job as Job | undefined };
    return await putInside(put, async (added) => {
      // A job that belongs to no other one has the default of the queue (J11).
      setMeta(stored, added, run ? run.meta : parts.meta);
      if (!run) return await putNow(parts, jobs, stored);
      await refuseTaken(parts, stored);
      putInRun(parts, run, jobs, stored);
      return jobs;
    });
  });
}

/**
 * Completes the `meta` of jobs that are put.
 * @param added by middleware
 * @param inherited of the run or of the queue, for jobs without their own
 * @throws InvalidArgumentError where the `meta` of a job grows too large
 */
function setMeta(
  stored: readonly NewStoredJob[],
  added: JobMeta | undefined,
  inherited: JobMeta | undefined,
): void {
  if (!added && !inherited) return;
  const outer =
    added && inherited ? toStoredMeta(mergedMeta(inherited, added)) : (added ?? inherited);
  for (const { options } of stored) {
    const own =
      added && options.meta ? toStoredMeta(mergedMeta(added, options.meta)) : options.meta;
    const meta = inheritedMeta(own, outer);
    if (meta) options.meta = meta;
  }
}

/**
 * Calls `put` while no other put of these jobs can begin: each can be put once (Q1).
 * @param put gets the spots of the jobs
 * @throws BadStatusError where one is being put already
 */
export async function puttingAlone<T>(
  jobs: readonly Job[],
  put: (placing: Placing) => Promise<T>,
): Promise<T> {
  const placing = new Placing();
  const taken = jobs.filter((job) => job instanceof Job);
  return await placing.during(taken, () => put(placing));
}

/**
 * The records of jobs that are put together. Each job is written whole once; among the arguments of
 * the others it is a reference.
 * @param origin the job that stores them, where they are not stored at once
 * @throws BadStatusError where one is not new, or belongs to two; InvalidArgumentError for a value
 *   that is no job, and for options; UnknownQuotaError; UnknownRateLimitError; the errors of
 *   storing arguments
 */
export async function toStored(
  { store, gateway, defaults, putDefaults, quotas, rateLimits }: QueueParts,
  jobs: readonly Job[],
  options: JobOptions,
  placing: Placing,
  origin: JobOrigin | undefined,
): Promise<NewStoredJob[]> {
  const isRelative =
    countsFromNow() || isFromNow(options.beginAfter) || isFromNow(putDefaults?.delay);
  const clock = isRelative ? await store.clock() : currentClock();
  const given = toStoredOptions(options, clock.latest());
  const lanes = jobs.map((job, i) => {
    checkIsJob(job, jobs.length > 1 ? `job ${i}` : 'it');
    const lane = given.lane ?? job.options.lane ?? putDefaults?.options.lane ?? MAIN_LANE;
    layOut(job, placing, { queue: gateway.queueName, lane, ...(origin && { origin }) });
    return lane;
  });
  const writing = newWriting(placing, { maxDataBytes: gateway.maxDataBytes, defaults, clock });
  const stored = jobs.map((job, i) => {
    const one = writeNewJob(job, writing);
    // Only a put that succeeds changes the job itself.
    one.options = { ...one.options, ...given };
    if (putDefaults) one.options = withPutDefaults(putDefaults, one.options, clock.latest());
    checkHasKey(one.options);
    one.lane = lanes[i] as string;
    return one;
  });
  await quotas.check(stored.flatMap((job) => job.options.quotas ?? []));
  await rateLimits.check(stored.flatMap((job) => job.options.rateLimits ?? []));
  return stored;
}

/**
 * New options of a stored job, as they are stored.
 * @throws InvalidArgumentError; UnknownQuotaError; UnknownRateLimitError
 */
export async function toStoredChange(
  { store, quotas, rateLimits }: QueueParts,
  options: JobOptions,
): Promise<StoredJobOptions> {
  const clock = isFromNow(options.beginAfter) ? await store.clock() : currentClock();
  const stored = toStoredOptions(options, clock.latest(), 'update');
  await quotas.check(stored.quotas ?? []);
  await rateLimits.check(stored.rateLimits ?? []);
  return stored;
}

/** @throws InvalidArgumentError where it is no job; the message says what it is */
function checkIsJob(job: unknown, which: string): asserts job is Job {
  if (job instanceof Job) return;
  throw new InvalidArgumentError(`only jobs can be put, but ${which} is ${notAJob(job)}`);
}

async function putNow(
  { store, gateway }: QueueParts,
  jobs: readonly Job[],
  stored: readonly NewStoredJob[],
): Promise<Job[]> {
  crashPoint('put.before');
  const instead = await store.put(stored);
  crashPoint('put.after');
  return await havePut(jobs, stored, gateway, instead);
}

/** The jobs become part of the run that puts them (J6). */
function putInRun(
  parts: QueueParts,
  run: RunContext,
  jobs: readonly Job[],
  stored: readonly NewStoredJob[],
): void {
  const { prefix, target } = (run.queue as RunContext['queue'] & HasParts)[queueParts];
  const isBeside = prefix === parts.prefix && isSameTarget(target, parts.target);
  checkPutInRun(run, parts.name, isBeside);
  const puts = putsOf(run);
  const place = { gateway: parts.gateway, origin: originOf(run.job) };
  for (const [i, job] of jobs.entries()) puts.add(job, place, stored[i] as NewStoredJob);
}

/**
 * Gives the handles their places after the put.
 * @param instead by the ids of jobs that the put has not stored: those in their places
 * @returns the handles; of a job whose key another one has (Q8), a handle of that one
 */
async function havePut(
  jobs: readonly Job[],
  stored: readonly NewStoredJob[],
  gateway: JobGateway,
  instead: ReadonlyMap<string, PutInstead>,
): Promise<Job[]> {
  const given = [...jobs];
  const reads: Promise<void>[] = [];
  for (const [i, job] of jobs.entries()) {
    const asStored = stored[i] as NewStoredJob;
    const other = instead.get(job.id);
    if (other) {
      reads.push(jobInstead(job, other, gateway).then((found) => void (given[i] = found)));
      continue;
    }
    placeJob(job, { gateway, lane: asStored.lane, origin: undefined }, asPut(asStored));
    const late = storeLateCallbacks(job, asStored);
    if (late) await late;
  }
  await Promise.all(reads);
  return given;
}
