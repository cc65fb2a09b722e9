// Putting a task instead of a job of it (Q1): where it takes no arguments. What may not be put is an error of types, too.
import { defineTask, InvalidArgumentError, Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('put-task');
const none = defineTask('put-task.none', () => 42);
const optional = defineTask('put-task.optional', (value?: string) => value ?? 'default');
const one = defineTask('put-task.one', (value: string) => value);

it('Q1 a task without required arguments is put as a new job of it, each time another', async () => {
  const queue = context.queue('task');
  const first: Job<number> = await queue.put(none);
  const second: Job<string> = await queue.put(optional, { beginAfter: 0 });
  const third = await queue.put(none);
  expect(first).toBeInstanceOf(Job);
  expect([first.task, first.args, first.status]).toEqual(['put-task.none', [], 'pending']);
  expect(third.id).not.toBe(first.id);
  const listed = await queue.jobs();
  expect(listed.map(({ id }) => id)).toEqual([first, second, third].map(({ id }) => id));
  const dispatcher = playDispatcher(context, 'task');
  await dispatcher.complete(await dispatcher.claimNow(), 42);
  expect(await first.wait()).toBe(42);
});

it('Q1 putAll takes tasks and jobs together', async () => {
  const job = one.job('a');
  const put = await context.queue('mixed').putAll([none, job, none]);
  expect(put.map(({ task }) => task)).toEqual(['put-task.none', 'put-task.one', 'put-task.none']);
  expect(put[1]).toBe(job);
  expect(new Set(put.map(({ id }) => id)).size).toBe(3);
});

it('Q1 a task that needs arguments is refused by its type', async () => {
  const queue = context.queue('refused');
  // @ts-expect-error its argument is missing
  const put = async () => await queue.put(one);
  // @ts-expect-error its argument is missing
  const putAll = async () => await queue.putAll([none, one]);
  expect([typeof put, typeof putAll]).toEqual(['function', 'function']);
  await expect(queue.put({ job: 'no task' } as never)).rejects.toThrow(InvalidArgumentError);
  expect(await queue.length()).toBe(0);
});
