// Jobs, "Introspecting and mutating arguments": what a job is to do can be read, and changed until
// somebody takes it.
import { defineTask } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-arguments');
const queue = context.queue('edits');
const add = defineTask('arguments.add', async (a: number, b: number) => a + b);

it('J4 the arguments of a job can be read, wherever it is', async () => {
  const job = await queue.put(add.job(2, 3));
  expect(job.args).toEqual([2, 3]);
  expect((await queue.get(job.id))?.args).toEqual([2, 3]);
  await queue.remove(job);
});

// The list is a picture: to write on it would change nothing that is stored. `update` does. It
// gives the job all its arguments anew.
it('Q3 update changes the arguments of a pending job', async () => {
  const job = await queue.put(add.job(2, 3));
  await job.update({ args: [20, 22] });
  expect((await queue.get(job.id))?.args).toEqual([20, 22]);

  await dispatchersIn(context).start('edits');
  expect(await job.wait()).toBe(42);
});

// Then it is too late. Either the dispatcher or the change comes first: the job has run with what
// it now says.
it('Q3 a claimed job keeps its arguments', async () => {
  const job = await queue.put(add.job(2, 3));
  await job.wait();
  await expect(job.update({ args: [20, 22] })).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
  expect(job.result).toBe(5);
  expect(job.args).toEqual([2, 3]);
});
