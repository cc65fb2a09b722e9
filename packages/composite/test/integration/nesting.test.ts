// Composites nest in parts, in postprocess, and in returned jobs (C3, J5).
import { defineTask, type Job } from '@drover/core';
import { Composite, parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { fail, gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('composite-nesting');
const queue = context.queue('nesting');
beforeAll(async () => {
  await startDispatcher(context, 'nesting', 2);
});
const run = async <R>(job: Job<R>): Promise<R> => await (await queue.put(job)).wait();

it('C3 parts can be composites', async () => {
  const job = serial([
    parallel([give.job(1), serial([give.job(2), give.job(3)])]),
    give.job(4),
    parallel([], { postprocess: gather.job(5) }),
  ]);
  expect(await run(job)).toEqual([[1, [2, 3]], 4, [5]]);
});

it('C3 a postprocess can be a composite', async () => {
  const inner = serial([give.job('x')], { postprocess: gather.job('inner') });
  const job = parallel([give.job(1)], {
    postprocess: serial([give.job('first'), inner]) as Job<unknown>,
  });
  expect(await run(job)).toEqual(['first', ['inner', ['composite.give', 'completed', 'x']]]);
});

it('C3 composites nest twelve levels deep', async () => {
  let job: Job = give.job('core');
  for (let level = 0; level < 12; level++) job = (level % 2 ? serial : parallel)([job]);
  let result: unknown = await run(job);
  for (let level = 0; level < 12; level++) [result] = result as [unknown];
  expect(result).toBe('core');
});

it('C2 a failure deep inside is data for the next level only', async () => {
  const failing = parallel([give.job(1)], { postprocess: fail.job('inner') });
  const job = serial([failing, give.job(2)], { postprocess: gather.job() });
  expect(await run(job)).toEqual([
    ['drover.parallel', 'completed', 'RangeError: inner'],
    ['composite.give', 'completed', 2],
  ]);
});

it('C1 a postprocess gets inner composites as handles with results', async () => {
  const seen: unknown[] = [];
  const sees = defineTask('nesting.sees', (job: Job) => {
    seen.push(job instanceof Composite, job.result);
  });
  await run(serial([parallel([give.job('a'), give.job('b')])], { postprocess: sees.job() }));
  expect(seen).toEqual([true, ['a', 'b']]);
});

describe('J5 a task that returns a new job', () => {
  const returns = defineTask('nesting.returns', (depth: number): Job<unknown> =>
    depth === 0 ? give.job('end') : returns.job(depth - 1),
  ) as unknown as {
    job(depth: number): Job<unknown>;
  };
  const returnsComposite = defineTask('nesting.returnsComposite', () =>
    parallel([give.job(1), give.job(2)]),
  );
  const returnsFailing = defineTask('nesting.returnsFailing', () => fail.job('returned'));

  it('J5 has the result of that job, at any depth', async () => {
    expect(await run(returns.job(0))).toBe('end');
    expect(await run(returns.job(10))).toBe('end');
  });

  it('J5 may return a composite, and may be a part', async () => {
    expect(await run(returnsComposite.job())).toEqual([1, 2]);
    expect(await run(serial([returnsComposite.job(), returns.job(1)]))).toEqual([[1, 2], 'end']);
  });

  it('J5 fails with the failure of that job', async () => {
    await expect(run(returnsFailing.job())).rejects.toMatchObject({
      name: 'RangeError',
      message: 'returned',
    });
  });
});

it('J5 a task may return a job that it put', async () => {
  const { local } = await import('@drover/core');
  const putsAndReturns = defineTask(
    'nesting.putsAndReturns',
    async () => await local.getQueue().put(give.job('put inside')),
  );
  expect(await run(putsAndReturns.job())).toBe('put inside');
});

// The job must not be stored again here, under its id and without its arguments.
it('J5 a returned job of another queue is waited for, and not put again', async () => {
  const handsOn = defineTask('nesting.handsOn', (job: Job) => job);
  const elsewhere = await context.queue('elsewhere').put(give.job('from elsewhere'));
  const job = await queue.put(handsOn.job(elsewhere));
  const value = await Promise.race([
    job.wait().catch(() => 'refused'),
    job.wait({ timeout: 1_500 }).catch(() => 'waiting'),
  ]);
  expect(['refused', 'waiting', 'from elsewhere']).toContain(value);
});
