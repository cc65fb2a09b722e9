// A schedule that is sent again after a lost reply keeps its own children (J5, C1).
import { defineTask } from '@drover/core';
import { newStoredJob } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('schedule-repeated');
const work = defineTask('schedule-repeated.work', (value: unknown) => value);

it('B3, J7 a repeated schedule does not abandon its own children', async () => {
  await context.queue('other').put(work.job('waits'));
  const { owner, store, claimNow } = playDispatcher(context, 'other');
  const schedule = (...jobs: ReturnType<typeof work.job>[]) => ({
    jobs: jobs.map((job) => newStoredJob(job)),
    inOrder: false,
    then: undefined,
  });
  const first = await claimNow();
  await store.schedule(first, schedule(work.job('of the first run')), Date.now());
  await store.retry(first, 0, { policyData: {} });
  const second = await claimNow();
  expect(second.id).toBe(first.id);
  const part = work.job('of the second run');
  await part.addCallback(work.job());
  const again = schedule(part);
  await store.schedule(second, again, Date.now());
  await store.schedule(second, again, Date.now());
  const claim = await claimNow();
  expect([claim.id, claim.verdict]).toEqual([part.id, undefined]);
  await store.complete(claim, '1', owner);
  expect(await context.queue('other').get(part.id)).toMatchObject({ status: 'callbacks' });
});
