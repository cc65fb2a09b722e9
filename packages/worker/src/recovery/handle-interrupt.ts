// What a handleInterrupt job does: it asks the interrupted job's policy, and lets the job run
// again, wait on, or end (I3). Every write is fenced by the interrupt's own id, so that a second
// run of it is refused.
import { AbortedError, Failure, type PolicyData } from '@drover/core';
import {
  abortJob,
  crashPoint,
  freeAfter,
  isAboutRecord,
  ownWaiting,
  referredJob,
  refusalCode,
  retryPolicyNamed,
  type ClaimedJob,
  type LaneStore,
  type RedisClient,
  type StoredJob,
} from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import { notAfterInterrupt } from '../policy/begin-by.js';
import type { Log } from '../logging/log.js';
import { askInterrupted, type Decision } from '../policy/decide.js';
import { fieldsIn } from '../logging/log-fields.js';
import {
  logFailure,
  logInterrupt,
  logPolicyProblem,
  logDeadLetter,
  sinceDamaged,
} from '../logging/log-job.js';

export interface InterruptDeps {
  client: RedisClient;
  activation: Activation;
  laneStore: (queue: string, lane: string) => LaneStore;
  logger: Log;
  /** Tells that a job's failure is stored. */
  onFailed: (job: StoredJob, queue: string, failure: Failure) => void;
}

/** What became of the interrupted job; `nothing` where it had been decided before. */
export type InterruptResult = 'retried' | 'goes on waiting' | 'aborted' | 'dead letter' | 'nothing';

/**
 * @throws UnknownPolicyError where this process does not know the job's policy: another one may.
 */
export async function handleInterrupt(
  interrupt: ClaimedJob,
  deps: InterruptDeps,
): Promise<InterruptResult> {
  const { id, store } = interruptedBy(interrupt, deps);
  crashPoint('handle-interrupt.before-decision');
  const result = await decide(interrupt.id, id, store, deps).catch(async (error: unknown) => {
    if (!isAboutRecord(error)) throw error;
    return await deadLetterInterrupted(interrupt.id, id, store, error, deps);
  });
  crashPoint('handle-interrupt.after-decision');
  return result;
}

/**
 * What was to be done with the job may have gone half-way, on a damaged record: it must not be lost
 * (B1).
 */
async function deadLetterInterrupted(
  interruptId: string,
  id: string,
  store: LaneStore,
  error: Error,
  { logger }: InterruptDeps,
): Promise<InterruptResult> {
  const reason = sinceDamaged('its interrupt cannot be decided', error);
  try {
    await store.deadLetter({ id, token: interruptId }, reason);
  } catch (refusal) {
    // It waits, or is in other hands.
    if (refusalCode(refusal) === undefined) throw refusal;
    throw error;
  }
  logDeadLetter(logger, fieldsIn(store.keys, { id }), reason);
  return 'dead letter';
}

/** The job that an interrupt is about, and its lane. @throws DamagedRecord */
export function interruptedBy(
  { args }: ClaimedJob,
  deps: InterruptDeps,
): { id: string; store: LaneStore } {
  const { id, queue, lane } = referredJob(args);
  return { id, store: deps.laneStore(queue, lane) };
}

async function decide(
  interruptId: string,
  id: string,
  store: LaneStore,
  deps: InterruptDeps,
): Promise<InterruptResult> {
  const [job, holder, waitingOwner] = await Promise.all([
    store.read(id),
    store.holder(id),
    store.waitingOwner(id),
  ]);
  // One that waited may have been woken since, and have ended.
  if (!job || job.state === 'finished') return 'nothing';
  if (holder === interruptId) return await decideStarted(job, interruptId, store, deps);
  if (waitingOwner === interruptId) return await decideWaiting(job, interruptId, store, deps);
  return 'nothing';
}

async function decideStarted(
  job: StoredJob,
  interruptId: string,
  store: LaneStore,
  deps: InterruptDeps,
): Promise<InterruptResult> {
  const { client, logger } = deps;
  if (job.aborted)
    return await endAborted(job, interruptId, Failure.fromJSON(job.aborted), store, deps);
  const decision = await notAfterInterrupt(job, store, await ask(job, store, logger));
  if (decision.again) {
    // Its job waits for a callback: it runs again now, or not at all.
    const delay = job.isCallback ? 0 : decision.delay;
    const transaction = freeAfter(store.keys, { ...job, token: interruptId });
    await store.retry(job.id, interruptId, delay, { policyData: decision.policyData }, transaction);
    logInterrupt(logger, fieldsIn(store.keys, job), job, delay);
    return 'retried';
  }
  const failure = abortion(job, decision);
  if (job.suspended) await abortJob(client, store.keys, job.id, interruptId, failure.toJSON());
  return await endAborted(job, interruptId, failure, store, deps);
}

/**
 * A run of this interrupt that died, or a run of the job, may have begun to take back what stands
 * below it: there is no way back (I6).
 */
async function endAborted(
  job: StoredJob,
  interruptId: string,
  failure: Failure,
  store: LaneStore,
  { activation, logger }: InterruptDeps,
): Promise<InterruptResult> {
  await store.abandonChildren(job.id, interruptId);
  const held = { id: job.id, token: interruptId };
  const transaction = freeAfter(store.keys, { ...job, token: interruptId });
  await store.fail(held, failure, activation, { claimNext: false, transaction });
  logFailure(logger, fieldsIn(store.keys, job), job, failure);
  return 'aborted';
}

/**
 * A job that waits has nothing to run again: what it waits for goes on. A delay is one before which
 * it does not go on itself.
 */
async function decideWaiting(
  job: StoredJob,
  interruptId: string,
  store: LaneStore,
  { client, activation, logger }: InterruptDeps,
): Promise<InterruptResult> {
  // As of one that was started: whatever the policy says now.
  if (job.aborted) {
    await store.abandonChildren(job.id, interruptId);
    return 'aborted';
  }
  const decision = await ask(job, store, logger);
  if (decision.again) {
    const now = store.clock.latest();
    await ownWaiting(client, store.keys, job.id, { interruptId }, activation, now, decision);
    logInterrupt(logger, fieldsIn(store.keys, job), job, decision.delay);
    return 'goes on waiting';
  }
  await abortJob(client, store.keys, job.id, interruptId, abortion(job, decision).toJSON());
  await store.abandonChildren(job.id, interruptId);
  return 'aborted';
}

async function ask(job: StoredJob, store: LaneStore, logger: Log): Promise<Decision> {
  const policy = retryPolicyNamed(job.options.retryPolicy);
  const data: PolicyData = await store.policyData(job.id);
  const decision = askInterrupted(policy, data, job.onlyWaits === true);
  if (!decision.again && decision.problem)
    logPolicyProblem(logger, fieldsIn(store.keys, job), decision.problem);
  return decision;
}

function abortion(job: StoredJob, decision: Decision): Failure {
  const policy = job.options.retryPolicy ?? 'RetryCommonFourTimes';
  const cause =
    !decision.again && decision.problem ? { cause: decision.problem.toError() } : undefined;
  const why =
    !decision.again && decision.isLate ? 'its beginBy is past' : `its policy ${policy} ends it`;
  const message = `job ${job.id} (${job.task}) was interrupted ${job.interruptions} times; ${why}`;
  return Failure.from(Object.assign(new AbortedError(message), cause));
}
