// Quota slots in the store: a job holds all of its quotas or none, also after some of its slots
// were freed as wrong (Q5).
import { defineTask } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import { newStoredJob, sweepQuotas } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('quotas-store');
const work = defineTask('quotas-store.work', (value: unknown) => value);

it('Q5 a job that lost one of its slots does not wait while it holds another', async () => {
  const queue = context.queue('partly');
  for (const name of ['a', 'b']) await queue.quotas.create(name, 1);
  const { uuid, owner, store, claimNow } = playDispatcher(context, 'partly');
  const take = (claim: ClaimedJob) => store.takeSlots(claim);
  const complete = (claim: ClaimedJob) => store.complete(claim, '1', owner);
  const both = await queue.put(work.job('both'), { quotas: ['a', 'b'] });
  const first = await claimNow();
  expect(await take(first)).toBe('taken');
  await store.schedule(
    first,
    { jobs: [newStoredJob(work.job('part'))], inOrder: false, then: undefined },
    Date.now(),
  );
  await store.suspend(first, owner);
  await complete(await claimNow());

  // The job is woken, and looks again later for a dependency that has not ended. Meanwhile another
  // job takes one of its slots.
  const second = await claimNow();
  await store.suspend(second, owner, 500);
  await queue.put(work.job('one'), { quotas: ['a'] });
  const other = await claimNow();
  expect(await take(other)).toBe('taken');
  await eventually(async () => (await queue.quotas.get('b'))?.holders.length === 1);
  let third: ClaimedJob | undefined;
  await eventually(async () => (third = (await store.claim(`${uuid}:1:100`)).job) !== undefined);
  expect(await take(third as ClaimedJob)).toBe('parked');
  expect(await queue.quotas.get('b')).toMatchObject({ holders: [], waiters: 0 });

  await complete(other);
  await sweepQuotas(context.redis, store.keys);
  const fourth = await claimNow();
  expect([fourth.id, await take(fourth)]).toEqual([both.id, 'taken']);
});
