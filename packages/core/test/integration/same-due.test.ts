// Jobs that are due in the same ms run first-in first-out, however they were put (Q1).
import { defineTask, type Job } from '@drover/core';
import { newStoredJob } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('same-due');
const work = defineTask('same-due.work', (value: unknown) => value);
/** Jobs whose ids rise, in reverse order. */
const reversed = (count: number): Job[] =>
  Array.from({ length: count }, (_, i) => work.job(i)).reverse();
const idsOf = (jobs: readonly { id: string }[]): string[] => jobs.map(({ id }) => id);

async function claimAll(dispatcher: PlayedDispatcher, count: number): Promise<string[]> {
  const claimed: string[] = [];
  while (claimed.length < count) claimed.push((await eventually(() => dispatcher.claim())).id);
  return claimed;
}

it('Q1 jobs due in the same ms are claimed in put order, put alone or together', async () => {
  const queue = context.queue('put');
  const due = new Date(Date.now() + 1_000);
  const jobs = reversed(6);
  await queue.putAll(jobs.slice(0, 3), { beginAfter: due });
  for (const job of jobs.slice(3)) await queue.put(job, { beginAfter: due });
  expect(idsOf(await queue.jobs())).toEqual(idsOf(jobs));
  expect(await claimAll(playDispatcher(context, 'put'), 6)).toEqual(idsOf(jobs));
});

it('Q1 jobs that become due come after earlier due jobs and before later puts', async () => {
  const queue = context.queue('become');
  const due = Date.now() + 100;
  const before = await queue.put(work.job('before'));
  const delayed = await queue.putAll(reversed(3), { beginAfter: new Date(due) });
  const dispatcher = playDispatcher(context, 'become');
  await eventually(() => Date.now() > due);
  expect((await dispatcher.claimNow()).id).toBe(before.id);
  const after = await queue.put(work.job('after'));
  expect(await claimAll(dispatcher, 4)).toEqual(idsOf([...delayed, after]));
});

it('Q1 parts that are due in the same ms run in the given order', async () => {
  await context.queue('parts').put(work.job('whole'));
  const dispatcher = playDispatcher(context, 'parts');
  const claim = await dispatcher.claimNow();
  const parts = reversed(5);
  const beginAfter = new Date(Date.now() + 1_000);
  const jobs = parts.map((job) => newStoredJob(job.with({ beginAfter })));
  await dispatcher.store.schedule(claim, { jobs, inOrder: false, then: undefined }, Date.now());
  await dispatcher.store.suspend(claim, dispatcher.owner);
  expect(await claimAll(dispatcher, 5)).toEqual(idsOf(parts));
});
