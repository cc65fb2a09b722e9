// Every write that the run of a job can send: what a run that has lost its job must not get through
// with (I5).
import { Failure } from '@drover/core';
import { type ClaimedJob } from '@drover/core/internal';
import {
  addCallback,
  RefusalCode,
  type RedisClient,
  type RedisLane,
  type RunPut,
} from '../kit/store.js';
import { newUuid } from '../kit/context.js';

/** The replies by which scripts of BullMQ and of Drover refuse a lost claim. */
export const LOST: readonly unknown[] = [
  RefusalCode.NO_LOCK,
  RefusalCode.NOT_ACTIVE,
  RefusalCode.NOT_YOURS,
];

type Writes = Record<string, () => Promise<unknown>>;

const newJob = () => ({ id: newUuid(), task: 'zombie.job', args: '[]', options: {}, lane: 'main' });

/** By name: each sends its write as the run of `claim` would. */
export function writesOf(client: RedisClient, store: RedisLane, claim: ClaimedJob): Writes {
  const { keys } = store;
  const { id, token } = claim;
  const owner = { uuid: newUuid(), epoch: 1 };
  const failure = Failure.from(new Error('of a zombie'));
  const puts: RunPut[] = [{ queue: keys.queue, job: newJob() }];
  const now = Date.now();
  const schedule = { jobs: [newJob(), newJob()], inOrder: false, then: newJob() };
  const record = { policyData: { of: 'a zombie' }, retries: 9 };
  return {
    result: () => store.complete(claim, '"zombie"', owner),
    'result in a hand': () => endInHand(store, { id, token }),
    'result, with puts': () => store.complete(claim, '"zombie"', owner, puts),
    failure: () => store.fail(claim, failure, owner),
    'retry now': () => store.retry(claim, 0, record),
    'retry later': () => store.retry(claim, 60_000, record),
    'put back': () => store.putBack(claim),
    postpone: () => store.postpone(claim, { delay: 60_000 }),
    'postpone as unknown': () =>
      store.postpone(claim, { delay: 60_000, unknown: { needs: 'task:x', reason: 'unknown' } }),
    'dead letter': () => store.deadLetter(claim, 'by a zombie'),
    children: () => store.schedule(claim, schedule, now),
    'children, with puts': () => store.schedule(claim, { ...schedule, puts }, now),
    suspend: () => store.suspend(claim, owner),
    callback: () => addCallback(client, keys, id, newJob(), [], token),
    annotation: () => store.annotate(claim, 'progress', '99'),
    'read of once': () => store.readOnce(claim, 'key'),
    once: () => store.writeOnce(claim, 'key', '1', []),
    'once, with puts': () => store.writeOnce(claim, 'key', '1', puts),
    quotas: () => store.takeSlots(claim),
    'closing of rate limits': () => store.closeLimits(claim, 60_000),
  };
}

/** A hand says of each job whether it was refused, and throws nothing. */
async function endInHand(store: RedisLane, held: { id: string; token: string }): Promise<void> {
  const ended = [{ ...held, value: '"zombie"' }];
  const { ends } = await store.hand({ ended, back: [held], tokens: [] });
  if (typeof ends[0] === 'object')
    throw Object.assign(new Error('refused'), { code: RefusalCode.NOT_YOURS });
}

/** All names, for tables of tests. */
export const WRITES = Object.keys(
  writesOf(undefined as never, { keys: { queue: '' } } as never, { id: '', token: '' } as never),
);
