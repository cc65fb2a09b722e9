// Changes a stored job: callbacks, a cancel, a retry. Each call throws the error
// that says why the job cannot be changed.
import { crashPoint } from '../lib/crash-points.js';
import { failureWithin } from '../codec/data-size.js';
import { BadStatusError, CancelledError, InvalidArgumentError } from '../errors.js';
import { Failure } from '../codec/failure.js';
import type { JobGateway } from './job-gateway.js';
import { checkAddition } from './job-refusals.js';
import type { JobFacts } from './job-facts.js';
import { SYSTEM_LANE } from '../lib/names.js';
import { ownRun } from './run-context.js';
import type { NewStoredJob, OriginLocation, Retrial } from '../model/records.js';

export const NOT_STORED = 'is not stored: it was removed, or has not begun';

/**
 * Adds a callback (J7). A task that adds one to its own job writes under the token of its run: a
 * run that has lost the job adds none (I5).
 * @returns false where the job is not stored there and another holder has put it elsewhere (J12):
 *   nothing is added
 */
export async function addCallbackTo(
  job: JobFacts,
  gateway: JobGateway,
  lane: string,
  callback: NewStoredJob,
  origins: readonly OriginLocation[],
): Promise<boolean> {
  crashPoint('add-callback.before');
  const add = (token?: string) => gateway.addCallback(job.id, lane, callback, origins, token);
  const addition = await (ownRun(job.id, gateway.isImmediate)?.store.fenced(add) ?? add());
  crashPoint('add-callback.after');
  checkAddition(addition, job, callback);
  return addition !== 'job elsewhere';
}

/** Cancels a job and its descendants (O1). */
export async function cancelStored(
  job: JobFacts,
  gateway: JobGateway,
  lane: string,
  reason: unknown,
): Promise<void> {
  if (reason !== undefined && typeof reason !== 'string')
    throw new InvalidArgumentError('the reason of a cancel must be a string');
  checkLane(job, lane, 'cancelled');
  const error = new CancelledError(reason ?? `${String(job)} was cancelled`);
  const failure = failureWithin(Failure.from(error), gateway.maxDataBytes);
  const cancellation = await gateway.cancel(job.id, job.task, lane, failure);
  if (cancellation === 'no such job') throw new BadStatusError(`${String(job)} ${NOT_STORED}`);
  if (cancellation !== 'has its result') return;
  await job.refresh();
  throw new BadStatusError(
    `${String(job)} is ${job.status}: what has its result cannot be cancelled`,
  );
}

const NO_RETRY: Readonly<Record<Exclude<Retrial, 'retried'>, (job: JobFacts) => string>> = {
  'not completed': (job) => `is ${job.status}: only a job that has completed can be retried`,
  succeeded: () => 'has succeeded: only a failed job can be retried',
  'belongs to one under way': () =>
    'belongs to a job that has not completed, as its part or its callback: retry that one when it has failed',
  'key taken': (job) =>
    `cannot run again now: another job has its key ${JSON.stringify(job.options.key)} (Q8), which queue.byKey gives`,
  'no such job': () => NOT_STORED,
};

/** Lets a failed job run again (O3). */
export async function retryStored(job: JobFacts, gateway: JobGateway, lane: string): Promise<void> {
  checkLane(job, lane, 'retried');
  // A handle from elsewhere may not know the options yet.
  await job.refresh();
  const retrial = await gateway.retry(job.id, lane, job.options);
  await job.refresh();
  if (retrial !== 'retried') throw new BadStatusError(`${String(job)} ${NO_RETRY[retrial](job)}`);
}

function checkLane(job: JobFacts, lane: string, what: string): void {
  if (lane === SYSTEM_LANE)
    throw new BadStatusError(`${String(job)} decides about another job: it cannot be ${what}`);
}
