// Usage, "queue.put": work is a task, bound to its arguments and put into a queue.
import { defineTask, type Job } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-put');
const queue = context.queue('messages');
beforeAll(async () => void (await dispatchersIn(context).start('messages', { size: 1 })));

// A task is a function with a name. The name is what travels through Redis, so it must mean the
// same function wherever the job may run: producers and workers import the one module that defines
// it.
const sent: string[] = [];
const send = defineTask('put.send', async (text: string, to = 'everybody') => {
  sent.push(`${text} to ${to}`);
});
beforeEach(() => void sent.splice(0));

// `send.job(…)` binds arguments to the task, and nothing happens yet. `put` hands the job to the
// queue, from where some dispatcher takes it. `wait` resolves when it has completed, wherever that
// was.
it('Q1 a job that is put is run', async () => {
  const job = send.job('hello');
  expect(job.status).toBe('new');

  await queue.put(job);
  expect(job.status).toBe('pending');

  await job.wait();
  expect(job.status).toBe('completed');
  expect(sent).toEqual(['hello to everybody']);
});

// A task without arguments needs no binding: it can be put as it is.
it('Q1 a task without arguments can be put itself', async () => {
  const ping = defineTask('put.ping', async () => 'pong');
  expect(await (await queue.put(ping)).wait()).toBe('pong');
});

// One agent that runs one job at a time: the jobs come in the order in which they were put.
// `putAll` is the short way for many, in one round trip per thousand.
it('Q1 jobs that are due start first-in, first-out', async () => {
  const jobs = await queue.putAll(['one', 'two', 'three'].map((text) => send.job(text, 'Ada')));
  await Promise.all(jobs.map((job) => job.wait()));
  expect(sent).toEqual(['one to Ada', 'two to Ada', 'three to Ada']);
});

// A job is one piece of work with one result. For the same work again, make another job.
it('Q1 a job can be put once', async () => {
  const job = await queue.put(send.job('only once'));
  await expect(queue.put(job)).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
  await job.wait();
  await (await queue.put(send.job('only once'))).wait();
  expect(sent).toHaveLength(2);
});

// A function that the other side cannot find by name cannot be put: neither a function that was
// made on the spot, nor one hidden among the arguments. The error says where it stands, and nothing
// has been stored.
it('J1, J4 functions cannot be put, only jobs of tasks', async () => {
  const onTheSpot = async () => {};
  await expect(queue.put(onTheSpot as unknown as Job)).rejects.toMatchObject({
    code: 'DROVER_INVALID_ARGUMENT',
  });

  const withListener = defineTask(
    'put.withListener',
    async (_options: { onDone: () => void }) => {},
  );
  await expect(queue.put(withListener.job({ onDone: () => {} }))).rejects.toThrow(
    /^args\[0\]\.onDone /,
  );
  expect(await queue.length()).toBe(0);
});

// For the same reason a name belongs to one function only. Where two modules happen to choose the
// same, the second hears of it at once, and not when the wrong code has run.
it('J1 the same name for another function is refused at once', () => {
  expect(() => defineTask('put.send', async () => {})).toThrow(/"put\.send" is already defined/);
});
