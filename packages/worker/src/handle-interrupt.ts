// What a handleInterrupt job does: it asks the interrupted job's policy, and lets the job run again, wait on, or end (I3).
// Every write is fenced by the interrupt's own id, so that a second run of it changes nothing.
import { AbortedError, Failure, type PolicyData } from '@drover/core';
import {
  abortWaiting,
  crashPoint,
  ownWaiting,
  refusalCode,
  retryPolicyNamed,
  systemClock,
  type ClaimedJob,
  type LaneStore,
  type RedisClient,
  type StoredJob,
} from '@drover/core/internal';
import type { Activation } from './activation.js';
import { askPolicy, type Decision } from './decide.js';

export interface InterruptPlace {
  client: RedisClient;
  activation: Activation;
  laneStore: (queue: string, lane: string) => LaneStore;
}

/** What became of the interrupted job; `nothing` where it had been decided before. */
export type InterruptResult = 'retried' | 'goes on waiting' | 'aborted' | 'nothing';

/** @throws UnknownPolicyError where this process does not know the job's policy: another one may. */
export async function handleInterrupt(interrupt: ClaimedJob, place: InterruptPlace): Promise<InterruptResult> {
  const { id, store } = interruptedBy(interrupt, place);
  crashPoint('handle-interrupt.before-decision');
  try {
    const result = await decide(interrupt.id, id, store, place);
    crashPoint('handle-interrupt.after-decision');
    return result;
  } catch (error) {
    // Somebody decided this interrupt before.
    if (refusalCode(error) !== undefined) return 'nothing';
    throw error;
  }
}

/** The job that an interrupt is about, and its lane. */
export function interruptedBy(interrupt: ClaimedJob, place: InterruptPlace): { id: string; store: LaneStore } {
  const [reference] = JSON.parse(interrupt.args) as [{ job: { id: string; queue: string; lane: string } }];
  const { id, queue, lane } = reference.job;
  return { id, store: place.laneStore(queue, lane) };
}

async function decide(
  interruptId: string,
  id: string,
  store: LaneStore,
  place: InterruptPlace,
): Promise<InterruptResult> {
  const [job, holder, waitingOwner] = await Promise.all([store.read(id), store.holder(id), store.waitingOwner(id)]);
  if (!job) return 'nothing';
  if (holder === interruptId) return await decideStarted(job, interruptId, store, place);
  if (waitingOwner === interruptId) return await decideWaiting(job, interruptId, store, place);
  return 'nothing';
}

async function decideStarted(
  job: StoredJob,
  interruptId: string,
  store: LaneStore,
  { activation }: InterruptPlace,
): Promise<InterruptResult> {
  const decision = await ask(job, store);
  if (decision.again) {
    // Its job waits for a callback: it runs again now, or not at all.
    const delay = job.isCallback ? 0 : decision.delay;
    await store.retry(job.id, interruptId, delay, decision.policyData);
    return 'retried';
  }
  await store.takeBack(job.id, interruptId);
  const held = { id: job.id, token: interruptId };
  await store.fail(held, abortion(job, decision), activation, { claimNext: false });
  return 'aborted';
}

async function decideWaiting(
  job: StoredJob,
  interruptId: string,
  store: LaneStore,
  { client, activation }: InterruptPlace,
): Promise<InterruptResult> {
  const decision = await ask(job, store);
  if (decision.again) {
    const now = systemClock.now();
    await ownWaiting(client, store.keys, job.id, { interruptId }, activation, now, decision.policyData);
    return 'goes on waiting';
  }
  await abortWaiting(client, store.keys, job.id, interruptId, abortion(job, decision).toJSON());
  await store.takeBack(job.id, interruptId);
  return 'aborted';
}

async function ask(job: StoredJob, store: LaneStore): Promise<Decision> {
  const policy = retryPolicyNamed(job.options.retryPolicy);
  const data: PolicyData = await store.policyData(job.id);
  return askPolicy(data, (own) => policy.interrupted(own));
}

function abortion(job: StoredJob, decision: Decision): Failure {
  const policy = job.options.retryPolicy ?? 'RetryCommonFourTimes';
  const cause = !decision.again && decision.problem ? { cause: decision.problem.toError() } : undefined;
  const message = `job ${job.id} (${job.task}) was interrupted ${job.interruptions} times; its policy ${policy} ends it`;
  return Failure.from(Object.assign(new AbortedError(message), cause));
}
