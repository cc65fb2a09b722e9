// A task stands for a new job of it in composites, callbacks and joins too, as in `put` (Q1).
import { appendJobs, defineTask, Failure, joinJobs, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';

const context = testContext('bare-tasks');
const queue = context.queue('bare');
beforeAll(() => dispatchersIn(context).start('bare'));

const one = defineTask('bare.one', () => 1);
const two = defineTask('bare.two', (value?: string) => value ?? 'two');
const fails = defineTask('bare.fails', () => {
  throw new Error('no');
});
const sum = defineTask('bare.sum', (...parts: Job[]) => parts.map(({ result }) => result));
const heard: unknown[] = [];
const hear = defineTask('bare.hear', (result: unknown) => {
  heard.push(result instanceof Failure ? result.message : result);
  return 'heard';
});
beforeEach(() => heard.splice(0));

it.each(['serial', 'parallel'] as const)(
  'Q1, C1 tasks can be parts and postprocess of a %s, each as a job of its own',
  async (which) => {
    const composite = { serial, parallel }[which]([one, two.job('x'), one], { postprocess: sum });
    expect(composite.jobs.map(({ task }) => task)).toEqual(['bare.one', 'bare.two', 'bare.one']);
    expect(new Set(composite.jobs.map(({ id }) => id)).size).toBe(3);
    expect(composite.postprocess?.task).toBe('bare.sum');
    const before = await composite.append(two);
    await queue.put(composite);
    expect(await composite.wait()).toEqual([1, 'x', 1, 'two']);
    expect(await before.wait()).toBe('two');
  },
);

it('Q1, C4 tasks can be appended to a stored composite', async () => {
  const composite = await queue.put(parallel([one]), { beginAfter: 600_000 });
  const appended = await composite.append(two);
  const [other] = await appendJobs(composite, [one]);
  await composite.refresh();
  expect(composite.jobs.slice(1)).toEqual([appended, other]);
  await queue.remove(composite);
});

it('Q1, J7 tasks can be callbacks, for either outcome too', async () => {
  const job = one.job();
  const callback = await job.addCallback(hear);
  const inner = await callback.addCallback(hear);
  const picked = await job.addCallbacks({ success: hear, failure: hear });
  await queue.put(job);
  expect([await callback.wait(), await inner.wait(), await picked.wait()]).toEqual([
    'heard',
    'heard',
    'heard',
  ]);
  const failed = await queue.put(fails);
  expect(await (await failed.addCallbacks({ failure: hear })).wait()).toBe('heard');
  expect(heard.sort()).toEqual([1, 1, 'heard', 'no']);
});

it('Q1, C6 tasks can be joined in joinJobs, and be its `then`', async () => {
  const joins = defineTask('bare.joins', () =>
    joinJobs([one, two, one.job()], { then: sum, inOrder: true }),
  );
  expect(await (await queue.put(joins)).wait()).toEqual([1, 'two', 1]);
});

const lookalike = { name: 'bare.one', job: () => one.job(), run: () => 1 };
const foreign = new (class Job {
  readonly id = '01990000-0000-4000-8000-000000000000';
  readonly task = 'bare.one';
})();
const given: [string, unknown, RegExp][] = [
  ['a job of another copy', foreign, /a job of another copy of @drover\/core or of another realm/],
  [
    'a job of a subclass of another copy',
    new (class Composite extends (foreign.constructor as new () => object) {})(),
    /a job of another copy/,
  ],
  [
    'an object like a task',
    lookalike,
    /looks like a task, and was not made by defineTask, or is of another copy of @drover\/core/,
  ],
  ['a function', () => 1, /a function: define a task of it with defineTask/],
  ['an object', {}, /an object: use task\.job\(…\)/],
  ['null', null, /null/],
];

it.each(given)('B2 %s instead of a job is refused by each call', async (_what, value, why) => {
  const job = value as Job;
  const stored = await queue.put(parallel([one]), { beginAfter: 600_000 });
  const calls: (() => unknown)[] = [
    () => queue.put(job),
    () => queue.putAll([job]),
    () => serial([job]),
    () => parallel([one], { postprocess: job }),
    () => joinJobs([job]),
    () => joinJobs([], { then: job }),
    () => stored.append(job),
    () => parallel([]).append(job),
    () => one.job().addCallback(job),
    () => one.job().addCallbacks({ failure: job }),
  ];
  for (const call of calls) {
    const error: unknown = await Promise.resolve()
      .then(call)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'DROVER_INVALID_ARGUMENT',
      message: expect.stringMatching(why) as string,
    });
  }
  await queue.remove(stored);
});
