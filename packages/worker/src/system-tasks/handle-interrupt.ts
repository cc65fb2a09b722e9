// The task handleInterrupt: asks the retry policy of an interrupted job, and lets the job run
// again, wait on, or end (I3). Every write is fenced by the id of the interrupt, so a second run of
// it is refused.
import { AbortedError, Failure } from '@drover/core';
import {
  crashPoint,
  DamagedRecord,
  Refused,
  retryPolicyNamed,
  type ClaimedJob,
  type StoredJob,
} from '@drover/core/internal';
import { notAfterInterrupt } from '../policy/begin-by.js';
import { askInterrupted, type Decision } from '../policy/ask-policy.js';
import { fieldsIn } from '../logging/log-fields.js';
import {
  logFailure,
  logInterrupt,
  logPolicyProblem,
  logDeadLetter,
  sinceDamaged,
} from '../logging/log-job.js';
import { subjectOf, type Decided, type Subject, type SystemTaskDeps } from './subject.js';

/** `nothing`: an earlier run has decided, or the job has ended. */
export type InterruptResult = 'retried' | 'goes on waiting' | 'aborted' | 'dead letter' | 'nothing';

/**
 * @throws UnknownPolicyError if this process does not know the job's policy: another one may
 */
export async function handleInterrupt(
  interrupt: ClaimedJob,
  deps: SystemTaskDeps,
): Promise<InterruptResult> {
  const subject = { ...subjectOf(interrupt, deps), interruptedAt: interrupt.dueAt };
  crashPoint('handle-interrupt.before-decision');
  const result = await decide(subject).catch(async (error: unknown) => {
    if (!(error instanceof DamagedRecord)) throw error;
    return await deadLetterInterrupted(subject, error);
  });
  crashPoint('handle-interrupt.after-decision');
  return result;
}

interface Interrupted extends Subject {
  /** When the job was interrupted, in ms since 1970. */
  interruptedAt: number;
}

/** On a damaged record a script may have stopped half-way. As a dead letter no job is lost (B1). */
async function deadLetterInterrupted(
  { held, store, logger }: Subject,
  error: Error,
): Promise<InterruptResult> {
  const reason = sinceDamaged('its interrupt cannot be decided', error);
  try {
    await store.deadLetter(held, reason);
  } catch (refusal) {
    // The job waits, or the interrupt no longer holds it.
    if (!(refusal instanceof Refused)) throw refusal;
    throw error;
  }
  logDeadLetter(logger, fieldsIn(store, held), reason);
  return 'dead letter';
}

async function decide(subject: Interrupted): Promise<InterruptResult> {
  const { held, store } = subject;
  const [job, holder, waitingOwner] = await Promise.all([
    store.read(held.id),
    store.holder(held.id),
    store.waitingOwner(held.id),
  ]);
  // A job that waited may have been woken since, and have ended.
  if (!job || job.state === 'finished') return 'nothing';
  if (holder === held.token) return await decideStarted(job, subject);
  return waitingOwner === held.token ? await decideWaiting(job, subject) : 'nothing';
}

async function decideStarted(job: StoredJob, subject: Interrupted): Promise<InterruptResult> {
  const { held, store, logger } = subject;
  const { verdict } = job;
  if (verdict?.why === 'aborted')
    return await endAborted(job, Failure.fromJSON(verdict.failure), subject);
  const decision = await notAfterInterrupt(job, store, await ask(job, subject));
  if (!decision.again) return await endAborted(job, abortion(job, decision), subject);
  // A job waits for its callback: a delay would hold that job up. It runs again at once.
  const delay = job.isCallback ? 0 : decision.delay;
  await store.retry(held, delay, { policyData: decision.policyData });
  logInterrupt(logger, fieldsIn(store, job), job, delay);
  tell(job, subject, { state: 'retried', delay });
  return 'retried';
}

/**
 * Fails the job. There is no way back: an earlier run of this interrupt, or a run of the job, may
 * have begun to abandon its children (I6).
 */
async function endAborted(
  job: StoredJob,
  failure: Failure,
  subject: Interrupted,
): Promise<InterruptResult> {
  const { held, store, activation, logger } = subject;
  await store.abandonChildren(held, { aborted: failure.toJSON() });
  await store.fail(held, failure, activation);
  logFailure(logger, fieldsIn(store, job), job, failure);
  tell(job, subject, { state: 'failed', failure });
  return 'aborted';
}

/**
 * A waiting job goes on waiting, or is aborted. Its children go on meanwhile. The delay of the
 * decision holds for the job itself: woken earlier, it is postponed.
 */
async function decideWaiting(job: StoredJob, subject: Interrupted): Promise<InterruptResult> {
  const { held, store, activation, logger } = subject;
  // Decided before: the policy is not asked again.
  let aborted = job.verdict?.why === 'aborted' && job.verdict.failure;
  if (!aborted) {
    const decision = await ask(job, subject);
    if (decision.again) {
      await store.waitOn(held, activation, decision);
      logInterrupt(logger, fieldsIn(store, job), job, decision.delay);
      tell(job, subject, { state: 'waiting' });
      return 'goes on waiting';
    }
    aborted = abortion(job, decision).toJSON();
  }
  await store.abandonChildren(held, { aborted });
  return 'aborted';
}

function tell(
  job: StoredJob,
  { store, interruptedAt, onDecided }: Interrupted,
  how: Pick<Decided, 'state' | 'failure' | 'delay'>,
): void {
  onDecided({ job, queue: store.queue, interruptedAt, ...how });
}

async function ask(job: StoredJob, { store, logger }: Subject): Promise<Decision> {
  const policy = retryPolicyNamed(job.options.retryPolicy);
  const decision = askInterrupted(policy, await store.policyData(job.id), job.onlyWaits === true);
  if (!decision.again && decision.problem)
    logPolicyProblem(logger, fieldsIn(store, job), decision.problem);
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
