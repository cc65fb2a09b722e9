// Composites of many parts, which are scheduled in chunks (C1, C5).
import { defineTask, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { startDispatcher } from './dispatchers.js';

const context = testContext('composite-many');
const runs = new Map<number, number>();
const counted = defineTask('many.counted', (i: number) => {
  runs.set(i, (runs.get(i) ?? 0) + 1);
  return i;
});
const sum = defineTask('many.sum', (...jobs: Job<number>[]) => jobs.map(({ result }) => result));
beforeEach(() => runs.clear());

it.each([999, 1_000, 1_001, 2_500])(
  'a parallel of %i parts runs each once, with results in order',
  async (count) => {
    const name = `parallel-${count}`;
    await startDispatcher(context, name, 50);
    const parts = Array.from({ length: count }, (_, i) => counted.job(i));
    const job = await context.queue(name).put(parallel(parts, { postprocess: sum.job() }));
    expect(await job.wait({ timeout: 60_000 })).toEqual([...parts.keys()]);
    expect([...runs.values()]).toEqual(parts.map(() => 1));
    expect(await context.queue(name).length()).toBe(0);
  },
);

it('a serial of 1,200 parts runs each once, in order', async () => {
  await startDispatcher(context, 'serial', 50);
  const parts = Array.from({ length: 1_200 }, (_, i) => counted.job(i));
  const job = await context.queue('serial').put(serial(parts));
  expect(await job.wait({ timeout: 60_000 })).toEqual([...parts.keys()]);
  expect([...runs.keys()]).toEqual([...parts.keys()]);
  expect(new Set(runs.values())).toEqual(new Set([1]));
});

it('ten composites of 100 parts run at once on two dispatchers', async () => {
  await startDispatcher(context, 'ten', 7);
  await startDispatcher(context, 'ten', 7);
  const composites = Array.from({ length: 10 }, (_, c) =>
    parallel(
      Array.from({ length: 100 }, (_, i) => counted.job(100 * c + i)),
      { postprocess: sum.job() },
    ),
  );
  await context.queue('ten').putAll(composites);
  for (const [c, composite] of composites.entries()) {
    expect(await composite.wait()).toEqual(Array.from({ length: 100 }, (_, i) => 100 * c + i));
  }
  expect(runs.size).toBe(1_000);
  expect(new Set(runs.values())).toEqual(new Set([1]));
});
