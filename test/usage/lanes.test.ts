// Agents, "Filters and choosers": which agent runs which jobs. Here the job says in which lane it
// is, and an agent which lanes it serves.
import { defineTask, local } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-lanes');
const dispatchers = dispatchersIn(context);
const render = defineTask('lanes.render', async (_file: string) => local.getDispatcher().uuid);

// One machine has the hardware, the other has not: each serves what it can do.
it('Q6 a job is run by an agent that serves its lane', async () => {
  const queue = context.queue('pictures');
  const plain = await dispatchers.start('pictures');
  const job = await queue.put(render.job('a.png'), { lane: 'gpu' });
  expect(await (await queue.put(render.job('b.png'))).wait()).toBe(plain.uuid);
  expect((await job.refresh()).status).toBe('pending');

  const strong = await dispatchers.start('pictures', {
    queues: { pictures: { gpu: { lanes: ['gpu'] } } },
  });
  expect(await job.wait()).toBe(strong.uuid);
});

// An urgent job need not stand behind others: one agent is there for it alone.
it('Q6 full lanes do not hold up an agent of another lane', async () => {
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const slow = defineTask('lanes.slow', () => finished);
  const queue = context.queue('mails');
  await dispatchers.start('mails', {
    queues: { mails: { main: { size: 1 }, urgent: { lanes: ['urgent'] } } },
  });
  const newsletters = await queue.putAll([slow.job(), slow.job()]);
  const password = await queue.put(render.job('a password'), { lane: 'urgent' });
  await password.wait();
  expect(
    await Promise.all(newsletters.map(async (job) => (await job.refresh()).status)),
  ).not.toContain('completed');
  finish();
  await Promise.all(newsletters.map((job) => job.wait()));
});
