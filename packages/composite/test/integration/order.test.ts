// serial runs its parts one after another, parallel all at once; then the postprocess (C1).
import { defineTask, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { fail, gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('composite-order');

/** The begins and ends of runs, in order. */
const events: string[] = [];
const noted = defineTask('order.noted', async (name: string) => {
  events.push(`${name} begins`);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  events.push(`${name} ends`);
  if (name.startsWith('bad')) throw new Error(name);
  return name;
});
const after = defineTask('order.after', (...jobs: Job[]) => {
  events.push('postprocess');
  return jobs.map(({ status }) => status);
});
beforeEach(() => events.splice(0));

it('C1 serial begins each part when the one before has completed, failed or not', async () => {
  await startDispatcher(context, 'serial');
  const names = ['a', 'bad b', 'c', 'bad d'];
  const job = await context.queue('serial').put(
    serial(
      names.map((name) => noted.job(name)),
      { postprocess: after.job() },
    ),
  );
  expect(await job.wait()).toEqual(names.map(() => 'completed'));
  expect(events).toEqual([
    ...names.flatMap((name) => [`${name} begins`, `${name} ends`]),
    'postprocess',
  ]);
});

it('C1 parallel runs all parts at once, then the postprocess', async () => {
  let waiting = 0;
  let open = (): void => {};
  const allThere = new Promise<void>((resolve) => (open = resolve));
  const meets = defineTask('order.meets', async (i: number) => {
    if (++waiting === 5) open();
    await allThere; // never ends if they run one after another
    if (i === 3) throw new Error('after all were there');
    return i;
  });
  await startDispatcher(context, 'parallel');
  const job = await context.queue('parallel').put(
    parallel(
      [0, 1, 2, 3, 4].map((i) => meets.job(i)),
      { postprocess: after.job() },
    ),
  );
  expect(await job.wait()).toEqual([
    'completed',
    'completed',
    'completed',
    'completed',
    'completed',
  ]);
});

it.each([
  ['serial', serial],
  ['parallel', parallel],
])(
  'C1 the postprocess of a %s gets its bound arguments, then the jobs in the given order',
  async (name, compose) => {
    const queue = `arguments-${name}`;
    await startDispatcher(context, queue, 3);
    const slow = defineTask(`order.slow-${name}`, async () => {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      return 'slow';
    });
    const job = compose([slow.job(), give.job('quick'), fail.job('no')], {
      postprocess: gather.job('title', { bound: [1] }),
    });
    await context.queue(queue).put(job);
    expect(await job.wait()).toEqual([
      'title',
      { bound: [1] },
      [`order.slow-${name}`, 'completed', 'slow'],
      ['composite.give', 'completed', 'quick'],
      ['composite.fail', 'completed', 'RangeError: no'],
    ]);
  },
);

it('C1 a waiting composite is active and holds no slot, at any depth', async () => {
  await startDispatcher(context, 'one-slot', 1);
  const deep = [1, 2, 3, 4].reduce<Job>(
    (inner, level) => parallel([inner, give.job(level)]),
    give.job(0),
  );
  const job = await context.queue('one-slot').put(serial([deep, give.job('end')]));
  expect(await job.wait()).toEqual([[[[[0, 1], 2], 3], 4], 'end']);
});

it('C1 the parts of a parallel run in their order', async () => {
  const order: string[] = [];
  const say = defineTask('order.say', (name: string) => void order.push(name));
  const queue = context.queue('fifo');
  const composite = await queue.put(parallel([say.job('p1'), say.job('p2')]));
  const other = await queue.put(say.job('other'));
  await startDispatcher(context, 'fifo', 1);
  await Promise.all([composite.wait(), other.wait()]);
  expect(order.filter((name) => name !== 'other')).toEqual(['p1', 'p2']);
  expect(order).toHaveLength(3);
});
