// A job that waits for others is interrupted, and woken before its handleInterrupt job has run (I3).
import { defineRetryPolicy, defineTask } from '@drover/core';
import { LaneKeys, LaneStore, MAIN_LANE, newStoredJob, type ClaimedJob } from '@drover/core/internal';
import { pino } from 'pino';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { Activation, newRun } from '../../src/activation.js';
import { commit } from '../../src/commit.js';
import { handleInterrupt, type InterruptPlace } from '../../src/handle-interrupt.js';
import type { Outcome } from '../../src/outcome.js';
import { interruptAll } from '../../src/recovery.js';

const context = testContext('late-interrupt');
const part = defineTask('late-interrupt.part', () => {});
const waits = defineTask('late-interrupt.waits', () => {});
const logger = pino({ level: 'silent' });
let asked = 0;
const never = defineRetryPolicy('late-interrupt.never', {
  jobError: () => false,
  commitError: () => false,
  interrupted: () => asked++ < 0,
});

it('I3 a job that has ended before its interrupt was decided is not decided about, and keeps its parts', async () => {
  const queue = context.queue('ended');
  const job = await queue.put(waits.job(), { retryPolicy: never });
  const below = part.job();
  const activation = new Activation(newUuid(), 1);
  const store = new LaneStore(context.redis, new LaneKeys(context.prefix, 'ended', MAIN_LANE), activation.uuid);
  const place = { store, client: context.redis, activation, mayClaimNext: () => false, onTrouble: () => {} };
  const runNext = async (lane: LaneStore, outcome: Outcome): Promise<void> => {
    const run = newRun(await claimed(lane, activation), 'ended', 'main');
    expect((await commit(run, outcome, { ...place, store: lane })).kind).toBe('stored');
  };
  const schedule = { jobs: [newStoredJob(below)], inOrder: false, then: undefined };
  await runNext(store, { kind: 'waitsFor', schedule });
  const laneStore: InterruptPlace['laneStore'] = (name, lane) =>
    new LaneStore(context.redis, new LaneKeys(context.prefix, name, lane), activation.uuid);
  const recovery = { client: context.redis, prefix: context.prefix, laneStore, onInterrupted: () => {} };
  await interruptAll(recovery, { uuid: activation.uuid, maxEpoch: 1, queues: ['ended'] });
  await runNext(store, { kind: 'done', value: '1' });
  await runNext(store, { kind: 'done', value: '[1]' });

  const interrupt = await claimed(laneStore('ended', 'system'), activation);
  const done = await handleInterrupt(interrupt, {
    client: context.redis,
    activation,
    laneStore,
    logger,
    onFailed: () => {},
  });
  expect({ done, asked }).toEqual({ done: 'nothing', asked: 0 });
  expect((await job.refresh()).result).toEqual([1]);
  expect(await context.redis.hexists(store.keys.job(below.id), 'parentKey')).toBe(1);
});

async function claimed(store: LaneStore, activation: Activation): Promise<ClaimedJob> {
  const { job } = await store.claim(activation.newToken());
  if (!job) throw new Error('nothing is to be claimed');
  return job;
}
