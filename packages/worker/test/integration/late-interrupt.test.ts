// An interrupt of a waiting job is decided late: when the job has ended, or at its last claim (I3).
import { defineRetryPolicy, defineTask, RetryCommonForever, type PutOptions } from '@drover/core';
import { MAIN_LANE, SYSTEM_LANE, type ClaimedJob } from '@drover/core/internal';
import { newStoredJob, type RedisLane } from '../../../../test/kit/store.js';
import { pino } from 'pino';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { Activation, newRun } from '../../src/activation/activation.js';
import { commit } from '../../src/run/commit.js';
import { handleInterrupt } from '../../src/system-tasks/handle-interrupt.js';
import type { Outcome } from '../../src/activation/outcome.js';
import { interruptAll } from '../../src/recovery/interrupt-all.js';
import { laneStores, recoveryDeps } from './recovery-deps.js';

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

it('I3 an interrupt of a job that has ended is not decided, and its parts stay', async () => {
  const { job, child, keys, runNext, isInterrupted, decided } = await waiting('ended', {
    retryPolicy: never,
  });
  await isInterrupted();
  await runNext({ kind: 'done', value: '1' });
  await runNext({ kind: 'done', value: '[1]' });

  expect({ done: await decided(), asked }).toEqual({ done: 'nothing', asked: 0 });
  expect((await job.refresh()).result).toEqual([1]);
  expect(await context.redis.hexists(keys.job(child.id), 'parentKey')).toBe(1);
});

it('Q2, I3 an interrupt does not end a job as overdue that had begun in time', async () => {
  const { runNext, claim, isInterrupted, decided } = await waiting('in-time', {
    beginBy: 1,
    retryPolicy: RetryCommonForever,
  });
  await runNext({ kind: 'done', value: '1' });
  await claim();
  const now = Date.now();
  await eventually(() => Date.now() > now + 10);
  await isInterrupted();
  expect(await decided()).toBe('retried');
});

/** A job that waits for a child, and the steps of the dispatcher that owns it. */
async function waiting(queue: string, options: PutOptions) {
  const job = await context.queue(queue).put(waits.job(), options);
  const child = part.job();
  const activation = new Activation(newUuid(), 1);
  const recovery = recoveryDeps(context.redis, context.prefix, activation.uuid);
  const { redis: client, prefix } = context;
  const laneStore = laneStores(client, prefix, activation.uuid);
  const store = laneStore(queue, MAIN_LANE);
  const claim = () => claimed(store, activation);
  const runNext = async (outcome: Outcome): Promise<void> => {
    const deps = { store, activation, onError: () => {} };
    expect(
      (
        await commit(
          newRun(await claim(), queue, 'main', () => {}),
          outcome,
          deps,
        )
      ).kind,
    ).toBe('stored');
  };
  const schedule = { jobs: [newStoredJob(child)], inOrder: false, then: undefined };
  await runNext({ kind: 'waitsFor', schedule });
  const isInterrupted = async (): Promise<void> => {
    await interruptAll(recovery, { uuid: activation.uuid, maxEpoch: 1, queues: [queue] });
  };
  const decided = async () => {
    const interrupt = await claimed(laneStore(queue, SYSTEM_LANE), activation);
    return await handleInterrupt(interrupt, {
      activation,
      laneStore,
      logger,
      onFailed: () => {},
      onDecided: () => {},
    });
  };
  return { job, child, keys: store.keys, claim, runNext, isInterrupted, decided };
}

async function claimed(store: RedisLane, activation: Activation): Promise<ClaimedJob> {
  const { job } = await store.claim(activation.newToken());
  if (!job) throw new Error('nothing is to be claimed');
  return job;
}
