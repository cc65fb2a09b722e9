// Usage, "queue.pull and queue.remove": work that has not begun can be taken back.
import { defineTask, type Job } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-pull');
const send = defineTask('pull.send', async (text: string) => text);
const textsOf = (jobs: readonly Job[]) => jobs.map(({ args: [text] }) => text);

// `pull` takes the first job, or the one at an index, and gives it back: for instance to do the
// work here and now, or to fold it into another job.
it('Q3 pull takes the first job, or the one at an index', async () => {
  const queue = context.queue('pulled');
  const [first, , third] = await queue.putAll([send.job('a'), send.job('b'), send.job('c')]);
  expect(await queue.length()).toBe(3);

  expect((await queue.pull())?.id).toBe(first?.id);
  expect((await queue.pull(1))?.id).toBe(third?.id);
  expect(textsOf(await queue.jobs())).toEqual(['b']);

  expect((await queue.pull())?.args).toEqual(['b']);
  expect(await queue.pull()).toBeUndefined();
});

// `remove` takes one job, whoever put it. With it goes all that is stored of it.
it('Q3 remove takes the given job', async () => {
  const queue = context.queue('removed');
  const [first, second] = await queue.putAll([send.job('a'), send.job('b')]);
  await queue.remove(first as Job);
  expect(textsOf(await queue.jobs())).toEqual(['b']);
  await queue.remove(second?.id ?? '');
  expect(await queue.length()).toBe(0);
  expect(await queue.get(first?.id ?? '')).toBeUndefined();
});

// Both are for what is pending. A job that runs, or that has its result, stays as it is, and the
// error says why.
it('Q3 a job that has begun cannot be pulled or removed', async () => {
  const queue = context.queue('begun');
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const work = defineTask('pull.work', () => finished);
  await dispatchersIn(context).start('begun');
  const job = await queue.put(work.job());
  await waitForStart(job);

  await expect(queue.remove(job)).rejects.toMatchObject({
    code: 'DROVER_BAD_STATUS',
    message: expect.stringContaining('is active') as string,
  });
  finish();
  await job.wait();
  await expect(queue.remove(job)).rejects.toThrow('is completed');
});
