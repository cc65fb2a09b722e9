// A result that cannot be stored is a commit error, which the policy decides (J4, R2).
import {
  defineRetryPolicy,
  defineTask,
  local,
  type Failure,
  type RetryDecision,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { collect, dispatchersIn } from './dispatchers.js';

const context = testContext('commit-error');
const dispatchers = dispatchersIn(context);

const results: [string, () => unknown, RegExp][] = [
  ['a function', () => ({ list: [() => {}] }), /^result\.list\[0\] is a function/],
  ['a symbol', () => new Map([['k', Symbol('s')]]), /^result\.get\("k"\) is a symbol/],
  ['a promise', () => ({ later: Promise.resolve(1) }), /^result\.later is a Promise/],
  ['a class instance', () => new (class Account {})(), /^result is a Account/],
];

it.each(results)(
  'R2 %s as a result fails the job with a SerializationError that has the path',
  async (what, make, why) => {
    const task = defineTask(`commit.${what}`, make);
    await dispatchers.start(what.replace(' ', '-'));
    const job = await context.queue(what.replace(' ', '-')).put(task.job());
    await expect(job.wait()).rejects.toMatchObject({
      name: 'SerializationError',
      code: 'DROVER_SERIALIZATION',
      message: expect.stringMatching(why) as string,
    });
  },
);

it('R1 a commit error asks the policy for commitError only, and may be retried', async () => {
  const asked: string[] = [];
  const note = (question: string) => (failure: Failure, data: Record<string, unknown>) => {
    asked.push(`${question}: ${failure.name}`);
    data['asked'] = asked.length;
    return true;
  };
  const retryPolicy = defineRetryPolicy('commit.again', {
    jobError: note('jobError'),
    commitError: note('commitError'),
    interrupted: () => false,
  });
  const storableAtLast = defineTask('commit.storableAtLast', () =>
    local.fence < 3 ? () => {} : local.fence,
  );
  const dispatcher = await dispatchers.start('again');
  const completed = collect(dispatcher, 'completed');
  const job = await context.queue('again').put(storableAtLast.job(), { retryPolicy });
  expect(await job.wait()).toBe(3);
  expect(asked).toEqual(['commitError: SerializationError', 'commitError: SerializationError']);
  await dispatcher.deactivate();
  expect(completed).toHaveLength(1);
});

it.each<[string, () => RetryDecision]>([
  ['a delay', () => 250],
  ['a Date', () => new Date(Date.now() + 250)],
])('R1 %s as the answer to commitError: a retry then, and not before', async (what, answer) => {
  const name = `later-${what.replace(' ', '-')}`;
  const retryPolicy = defineRetryPolicy(`commit.${name}`, {
    jobError: () => false,
    commitError: answer,
    interrupted: () => false,
  });
  const task = defineTask(`commit.${name}`, () => (local.fence === 1 ? () => {} : Date.now()));
  await dispatchers.start(name);
  const before = Date.now();
  const job = await context.queue(name).put(task.job(), { retryPolicy });
  expect(await job.wait()).toBeGreaterThanOrEqual(before + 250);
});

it('R2 RetryCommonForever retries an unstorable result, with back-off', async () => {
  const task = defineTask('commit.forever', () => (local.fence < 3 ? () => {} : Date.now()));
  await dispatchers.start('forever');
  const before = Date.now();
  const job = await context.queue('forever').put(task.job(), { retryPolicy: 'RetryCommonForever' });
  expect(await job.wait()).toBeGreaterThanOrEqual(before + 250 + 500);
});

it.each<[string, unknown]>([
  ['undefined', undefined],
  ['a plain object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  ['an object with the key of a tag', { $drover: 'job' }],
])('J4 %s can be a result', async (what, value) => {
  const name = `fine-${what.replace(/ /g, '-')}`;
  const task = defineTask(`commit.${name}`, () => value);
  await dispatchers.start(name);
  expect(await (await context.queue(name).put(task.job())).wait()).toEqual(value);
});
