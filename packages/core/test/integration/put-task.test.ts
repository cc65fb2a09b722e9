// A task that needs no arguments can be put itself, as a new job of it (Q1). Other uses are type
// errors.
import { defineTask, InvalidArgumentError, Job, joinJobs } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('put-task');
const none = defineTask('put-task.none', () => 42);
const optional = defineTask('put-task.optional', (value?: string) => value ?? 'default');
const one = defineTask('put-task.one', (value: string) => value);

it('Q1 a task without required arguments is put as a new job each time', async () => {
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

it.each<[string, () => unknown, RegExp]>([
  [
    'an object with the properties name and job',
    () => ({ name: 'x', job() {} }),
    /it is an object that looks like a task, and was not made by defineTask/,
  ],
  [
    'an object with all properties of a task',
    () => ({ name: 'x', job: () => one.job('a'), run: () => 1 }),
    /looks like a task/,
  ],
  [
    'a copy of a task with another job function',
    () => ({ ...none, job: () => one.job('a') }),
    /looks like a task/,
  ],
  ['a copy of a task', () => ({ ...none }), /looks like a task/],
  [
    'a class with a function job',
    () =>
      class {
        static job = () => one.job('a');
      },
    /it is a function: define a task of it/,
  ],
  ['a function', () => () => 1, /it is a function: define a task of it/],
  ['an object', () => ({}), /it is an object: use task\.job/],
  ['null', () => null, /it is null/],
  ['the prototype of a job', () => Job.prototype, /it is an object/],
  [
    'an object with the prototype of a job',
    () => Object.create(Job.prototype),
    /it is a job of another copy .*, or only like one/,
  ],
  [
    'a copy of a job',
    () => Object.assign(Object.create(Job.prototype), one.job('a')),
    /or only like one/,
  ],
])('Q1, B2 %s is refused, and the error names its kind', async (_what, make, why) => {
  const queue = context.queue('fake');
  for (const put of [() => queue.put(make() as never), () => queue.putAll([make()] as never)]) {
    await expect(put()).rejects.toThrow(InvalidArgumentError);
    await expect(put()).rejects.toThrow(why);
  }
  expect(await queue.length()).toBe(0);
});

it('Q1, B2 an object with the prototype of a job is no part, callback or job to join', async () => {
  const fake = Object.create(Job.prototype) as Job;
  expect(() => joinJobs([fake])).toThrow(InvalidArgumentError);
  await expect(one.job('a').addCallback(fake)).rejects.toThrow(InvalidArgumentError);
  await expect(one.job('a').addCallbacks({ success: fake })).rejects.toThrow(InvalidArgumentError);
  expect(fake instanceof Job).toBe(false);
});

it('Q1 a put of a task that needs arguments is a type error', async () => {
  const queue = context.queue('refused');
  // @ts-expect-error its argument is missing
  const put = async () => await queue.put(one);
  // @ts-expect-error its argument is missing
  const putAll = async () => await queue.putAll([none, one]);
  // @ts-expect-error its argument is missing
  const putJob = async () => await queue.put(one.job());
  // @ts-expect-error its argument is missing
  const putAllJobs = async () => await queue.putAll([none.job(), one.job()]);
  expect([put, putAll, putJob, putAllJobs].map((call) => typeof call)).toEqual(
    Array(4).fill('function'),
  );
  await expect(queue.put({ job: 'no task' } as never)).rejects.toThrow(InvalidArgumentError);
  expect(await queue.length()).toBe(0);
});
