// Lists of jobs where a BullMQ list holds jobs of several statuses.
import { defineTask, type Job } from '@drover/core';
import { newStoredJob } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('list-woken');
const work = defineTask('list-woken.work', (value: unknown) => value);
const idsOf = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id);

it('J2 completed jobs are listed newest first, failed or not', async () => {
  const queue = context.queue('mixed');
  const jobs = await queue.putAll([work.job(0), work.job(1), work.job(2)]);
  const dispatcher = playDispatcher(context, 'mixed');
  await dispatcher.complete(await dispatcher.claimNow(), 1);
  await dispatcher.fail(await dispatcher.claimNow(), new Error('no'));
  await dispatcher.complete(await dispatcher.claimNow(), 1);
  expect(idsOf(await queue.jobs({ status: 'completed' }))).toEqual(idsOf([...jobs].reverse()));
});

/** A job that waited for its child and was woken: it is in the wait list, and active. */
async function woken(name: string, dispatcher: PlayedDispatcher): Promise<Job> {
  const job = await context.queue(name).put(work.job('waits'));
  const claim = await dispatcher.claimNow();
  await dispatcher.store.schedule(
    claim,
    { jobs: [newStoredJob(work.job('part'))], inOrder: false, then: undefined },
    Date.now(),
  );
  await dispatcher.store.suspend(claim, dispatcher.owner);
  await dispatcher.complete(await dispatcher.claimNow(), 1);
  expect((await job.refresh()).status).toBe('active');
  return job;
}

it('I8 length and jobs() leave out a woken job, which is active', async () => {
  const dispatcher = playDispatcher(context, 'length');
  await woken('length', dispatcher);
  expect(await context.queue('length').jobs()).toEqual([]);
  expect(await context.queue('length').length()).toBe(0);
});

it('a page is filled although a job of another status comes first', async () => {
  const dispatcher = playDispatcher(context, 'page');
  const pending = context.queue('page');
  await woken('page', dispatcher);
  const job = await pending.put(work.job('pending'));
  expect(idsOf(await pending.jobs({ start: 0, end: 0 }))).toEqual([job.id]);
});

it('Q3 pull takes the pending job behind a woken one', async () => {
  const dispatcher = playDispatcher(context, 'pull');
  await woken('pull', dispatcher);
  const job = await context.queue('pull').put(work.job('pending'));
  expect((await context.queue('pull').pull())?.id).toBe(job.id);
});

it('Q3 a woken job cannot be removed, since it is active', async () => {
  const dispatcher = playDispatcher(context, 'remove');
  const job = await woken('remove', dispatcher);
  await expect(context.queue('remove').remove(job)).rejects.toThrow(`job ${job.id} is active`);
  expect((await dispatcher.claimNow()).id).toBe(job.id);
});

it('J2 active jobs are listed without a look at all pending ones: pages without any end it', async () => {
  const { prefix, redis } = context;
  const dispatcher = playDispatcher(context, 'many');
  const wait = `${prefix}:many:wait`;
  const first = await woken('many', dispatcher);
  await redis.lrem(wait, 1, first.id); // the next claim would take it
  const second = await woken('many', dispatcher);
  const queue = context.queue('many');
  await queue.putAll(Array.from({ length: 2_100 }, (_, i) => work.job(i)));
  await redis.rpush(wait, first.id);
  const moveBehind = async (position: number): Promise<void> => {
    await redis.lrem(wait, 1, second.id);
    const [before = ''] = await redis.lrange(wait, -position, -position);
    await redis.linsert(wait, 'BEFORE', before, second.id);
  };
  const active = async () => idsOf(await queue.jobs({ status: 'active' })).sort();
  await moveBehind(1_500); // on the page after that with the first one
  expect(await active()).toEqual(idsOf([first, second]).sort());
  await moveBehind(2_050); // behind a page without any
  expect(await active()).toEqual([first.id]);
});
