// The task handleInterrupt: asks the retry policy of an interrupted job, and lets the job run
// again, wait on, or end (I3). Every write is fenced by the id of the interrupt, so a second run of
// it is refused.
import { AbortedError, Failure, type PolicyData } from '@drover/core';
import {
  crashPoint,
  isAboutRecord,
  ownWaiting,
  refusalCode,
  retryPolicyNamed,
  type ClaimedJob,
  type LaneStore,
  type StoredJob,
} from '@drover/core/internal';
import { notAfterInterrupt } from '../policy/begin-by.js';
import type { Log } from '../logging/log.js';
import { askInterrupted, type Decision } from '../policy/ask-policy.js';
import { fieldsIn } from '../logging/log-fields.js';
import {
  logFailure,
  logInterrupt,
  logPolicyProblem,
  logDeadLetter,
  sinceDamaged,
} from '../logging/log-job.js';
import { subjectOf, type SystemTaskDeps } from './subject.js';

/** `nothing`: an earlier run has decided, or the job has ended. */
export type InterruptResult = 'retried' | 'goes on waiting' | 'aborted' | 'dead letter' | 'nothing';

/**
 * @throws UnknownPolicyError if this process does not know the job's policy: another one may
 */
export async function handleInterrupt(
  interrupt: ClaimedJob,
  deps: SystemTaskDeps,
): Promise<InterruptResult> {
  const { id, store } = subjectOf(interrupt, deps);
  crashPoint('handle-interrupt.before-decision');
  const result = await decide(interrupt.id, id, store, deps).catch(async (error: unknown) => {
    if (!isAboutRecord(error)) throw error;
    return await deadLetterInterrupted(interrupt.id, id, store, error, deps);
  });
  crashPoint('handle-interrupt.after-decision');
  return result;
}

/** On a damaged record a script may have stopped half-way. As a dead letter no job is lost (B1). */
async function deadLetterInterrupted(
  interruptId: string,
  id: string,
  store: LaneStore,
  error: Error,
  { logger }: SystemTaskDeps,
): Promise<InterruptResult> {
  const reason = sinceDamaged('its interrupt cannot be decided', error);
  try {
    await store.deadLetter({ id, token: interruptId }, reason);
  } catch (refusal) {
    // The job waits, or the interrupt no longer holds it.
    if (refusalCode(refusal) === undefined) throw refusal;
    throw error;
  }
  logDeadLetter(logger, fieldsIn(store.keys, { id }), reason);
  return 'dead letter';
}

async function decide(
  interruptId: string,
  id: string,
  store: LaneStore,
  deps: SystemTaskDeps,
): Promise<InterruptResult> {
  const [job, holder, waitingOwner] = await Promise.all([
    store.read(id),
    store.holder(id),
    store.waitingOwner(id),
  ]);
  // A job that waited may have been woken since, and have ended.
  if (!job || job.state === 'finished') return 'nothing';
  if (holder === interruptId) return await decideStarted(job, interruptId, store, deps);
  if (waitingOwner === interruptId) return await decideWaiting(job, interruptId, store, deps);
  return 'nothing';
}

async function decideStarted(
  job: StoredJob,
  interruptId: string,
  store: LaneStore,
  deps: SystemTaskDeps,
): Promise<InterruptResult> {
  const { logger } = deps;
  const { verdict } = job;
  if (verdict?.why === 'aborted')
    return await endAborted(job, interruptId, Failure.fromJSON(verdict.failure), store, deps);
  const decision = await notAfterInterrupt(job, store, await ask(job, store, logger));
  if (decision.again) {
    // A job waits for its callback: a delay would hold that job up. It runs again at once.
    const delay = job.isCallback ? 0 : decision.delay;
    const held = { id: job.id, token: interruptId };
    await store.retry(held, delay, { policyData: decision.policyData });
    logInterrupt(logger, fieldsIn(store.keys, job), job, delay);
    return 'retried';
  }
  return await endAborted(job, interruptId, abortion(job, decision), store, deps);
}

/**
 * Fails the job. There is no way back: an earlier run of this interrupt, or a run of the job, may
 * have begun to abandon its children (I6).
 */
async function endAborted(
  job: StoredJob,
  interruptId: string,
  failure: Failure,
  store: LaneStore,
  { activation, logger }: SystemTaskDeps,
): Promise<InterruptResult> {
  await store.abandonChildren(job.id, interruptId, { aborted: failure.toJSON() });
  const held = { id: job.id, token: interruptId };
  await store.fail(held, failure, activation, { claimNext: false });
  logFailure(logger, fieldsIn(store.keys, job), job, failure);
  return 'aborted';
}

/**
 * A waiting job goes on waiting, or is aborted. Its children go on meanwhile. The delay of the
 * decision holds for the job itself: woken earlier, it is postponed.
 */
async function decideWaiting(
  job: StoredJob,
  interruptId: string,
  store: LaneStore,
  { client, activation, logger }: SystemTaskDeps,
): Promise<InterruptResult> {
  // Decided before: the policy is not asked again.
  let aborted = job.verdict?.why === 'aborted' && job.verdict.failure;
  if (!aborted) {
    const decision = await ask(job, store, logger);
    if (decision.again) {
      await ownWaiting(client, store.keys, job.id, interruptId, activation, decision);
      logInterrupt(logger, fieldsIn(store.keys, job), job, decision.delay);
      return 'goes on waiting';
    }
    aborted = abortion(job, decision).toJSON();
  }
  await store.abandonChildren(job.id, interruptId, { aborted });
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
