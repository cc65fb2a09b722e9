// A recovery pass over the jobs of an activation whose process does not know that it was found
// dead, and goes on (I2, I6).
import { defineTask } from '@drover/core';
import { MAIN_LANE } from '@drover/core/internal';
import { LaneKeys, RedisLane, newStoredJob } from '../../../../test/kit/store.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { beforeScripts } from '../../../../test/kit/dying-client.js';
import { interruptAll } from '../../src/recovery/interrupt-all.js';
import { recoveryDeps } from './recovery-deps.js';

const context = testContext('interrupt-pass');
const work = defineTask('interrupt-pass.work', () => {});

it('I2, I4 a job that suspends itself just before the interrupt counts it once', async () => {
  const { redis, prefix } = context;
  const [uuid, queue] = [newUuid(), 'suspends'];
  const job = await context.queue(queue).put(work.job());
  const store = new RedisLane(redis, new LaneKeys(prefix, queue, MAIN_LANE), uuid);
  const { job: claim } = await store.claim(`${uuid}:1:1`);
  if (!claim) throw new Error('there is no job to claim');
  const jobs = [newStoredJob(work.job())];
  await store.schedule(claim, { jobs, inOrder: false, then: undefined }, Date.now());

  let hasSuspended = false;
  const suspendBefore = async (): Promise<void> => {
    if (hasSuspended) return;
    hasSuspended = true;
    await store.suspend(claim, { uuid, epoch: 1 });
  };
  const client = await beforeScripts(redis, ['interruptActive'], suspendBefore);
  const interrupted: string[] = [];
  const deps = recoveryDeps(client, prefix, uuid, ({ jobId }) => interrupted.push(jobId));
  await interruptAll(deps, { uuid, maxEpoch: 1, queues: [queue] });
  expect(hasSuspended).toBe(true);
  expect(interrupted).toEqual([job.id]);
  expect((await job.refresh()).interruptions).toBe(1);
});
