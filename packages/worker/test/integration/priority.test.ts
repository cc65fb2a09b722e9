// Dispatchers run jobs in the order of their priorities, also after retries, stops and deaths (Q7).
import { defineTask, local, RetryableError, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { aborted, gatesByName } from '../../../../test/kit/gate.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn } from './dispatchers.js';

const context = testContext('priorities');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const gateOf = gatesByName();
const runs: string[] = [];
beforeEach(() => runs.splice(0));

const notes = defineTask('priorities.notes', (name: string) => void runs.push(name));
const holds = defineTask('priorities.holds', async (name: string) => await gateOf(name).opened);
const heeds = defineTask('priorities.heeds', async (name: string) => {
  runs.push(name);
  if (local.fence === 1) await aborted(local.signal);
});

/** So many jobs, in the order in which they are to run, with their priorities. */
const ORDERED: [name: string, priority: number][] = [
  ['plain 1', 0],
  ['plain 2', 0],
  ['first 1', 1],
  ['first 2', 1],
  ['tenth 1', 10],
  ['tenth 2', 10],
  ['last', 2_097_151],
];
const NAMES = ORDERED.map(([name]) => name);

/** Jobs of a task, not in the order of their priorities. */
const mixed = (make: (name: string) => Job): Job[] =>
  [4, 0, 6, 2, 5, 1, 3].map((i) => {
    const [name, priority] = ORDERED[i] as (typeof ORDERED)[0];
    return make(name).with({ priority });
  });

const endAll = async (jobs: readonly Job[]): Promise<void> =>
  void (await Promise.all(jobs.map((job) => job.wait({ timeout: 20_000 }))));

it('Q7 jobs run in the order of their priorities, and FIFO within one', async () => {
  const jobs = await context.queue('order').putAll(mixed((name) => notes.job(name)));
  await dispatchers.start('order', { size: 1 });
  await endAll(jobs);
  expect(runs).toEqual(NAMES);
});

/** A job with a policy of its own is claimed alone, so that none is given back. */
const ALONE = 'RetryCommonForever';

it('Q7 several dispatchers start each job once, and none before one of a lower number', async () => {
  const jobs = await context
    .queue('several')
    .putAll(
      Array.from({ length: 200 }, (_, i) =>
        notes.job(`${i % 4}`).with({ priority: i % 4, retryPolicy: ALONE }),
      ),
    );
  const all = [1, 2, 3].map(() => dispatchers.make('several', { size: 1 }));
  await Promise.all(all.map((dispatcher) => dispatcher.activate()));
  await endAll(jobs);
  expect(runs).toHaveLength(200);
  const events = await redis.xrange(`${prefix}:several:events`, '-', '+');
  const claims = events.flatMap(([, fields]) => (fields[1] === 'active' ? [fields[3]] : []));
  const priorityOf = new Map(jobs.map(({ id, options }) => [id, options.priority]));
  const claimed = claims.map((id) => priorityOf.get(id as string));
  expect(claimed).toEqual([...claimed].sort((a, b) => Number(a) - Number(b)));
  expect(claimed).toHaveLength(200);
});

it('Q7 a put with a priority wakes an idle dispatcher, also when it was put back', async () => {
  const queue = context.queue('idle');
  const first = await dispatchers.start('idle', { size: 1 });
  await eventually(() => first.polls().length > 0);
  await (await queue.put(notes.job('first'), { priority: 3 })).wait({ timeout: 2_000 });
  // The other dispatcher is idle when the job is put back.
  const job = heeds.job('put back').with({ priority: 3 });
  const started = hasStarted(first, job);
  await queue.put(job);
  await started;
  await dispatchers.start('idle', { size: 1 });
  await first.deactivate();
  await job.wait({ timeout: 2_000 });
  expect(runs).toEqual(['first', 'put back', 'put back']);
});

it('Q4, I1, Q7 interrupted jobs come before the others of their priority', async () => {
  const queue = context.queue('stopped');
  const first = dispatchers.make('stopped', { size: 2 });
  const started = collect(first, 'started');
  const jobs = ['A', 'B'].map((name, i) => heeds.job(name).with({ priority: 4 + i }));
  await queue.putAll(jobs);
  await first.activate();
  await eventually(() => started.length === 2);
  await first.deactivate();
  const handlers = await queue.jobs();
  // Takes the only slot until both interrupts are decided.
  const gatekeeper = await queue.put(holds.job('stopped'));
  const others = await queue.putAll([
    notes.job('plain'),
    notes.job('four').with({ priority: 4 }),
    notes.job('five').with({ priority: 5 }),
    notes.job('three').with({ priority: 3 }),
  ]);
  runs.splice(0);
  await dispatchers.start('stopped', { size: 1 });
  await endAll(handlers);
  expect((await queue.jobs({ status: 'pending' })).map(({ args }) => args[0])).toEqual([
    'plain',
    'three',
    'A',
    'four',
    'B',
    'five',
  ]);
  gateOf('stopped').open();
  await endAll([gatekeeper, ...jobs, ...others]);
  expect(runs).toEqual(['plain', 'three', 'A', 'four', 'B', 'five']);
  await Promise.all(jobs.map((job) => job.refresh()));
  expect(jobs.map(({ interruptions }) => interruptions)).toEqual([1, 1]);
});

const again = defineTask('priorities.again', (name: string) => {
  runs.push(name);
  if (name === 'again' && local.fence === 1) throw new RetryableError('again');
});

it('Q4, Q7 a job that is retried at once runs before the others of its priority', async () => {
  const jobs = await context
    .queue('retried')
    .putAll([
      again.job('again').with({ priority: 2 }),
      again.job('second').with({ priority: 2 }),
      again.job('third').with({ priority: 2 }),
    ]);
  await dispatchers.start('retried', { size: 1 });
  await endAll(jobs);
  expect(runs).toEqual(['again', 'again', 'second', 'third']);
});

it('Q5, Q7 jobs get slots of a quota in the order of their priorities', async () => {
  const queue = context.queue('quota');
  await queue.quotas.create('one', 1);
  // The number of arrivals passes 2^32 meanwhile.
  await redis.set(`${prefix}:quota:quotas:arrivals`, 2 ** 32 - 4);
  const held = await queue.put(holds.job('quota'), { quotas: ['one'] });
  await dispatchers.start('quota', { size: 5 });
  await eventually(async () => (await queue.quotas.get('one'))?.holders.length === 1);
  const jobs = mixed((name) => notes.job(name).with({ quotas: ['one'] }));
  await queue.putAll(jobs);
  // All of them have tried, and wait for the slot.
  await eventually(async () => (await queue.quotas.get('one'))?.waiters === jobs.length);
  gateOf('quota').open();
  await endAll([held, ...jobs]);
  expect(runs).toEqual(NAMES);
});

it('J7, Q7 callbacks run next, and one with a priority of its own in its turn', async () => {
  const queue = context.queue('callbacks');
  const job = notes.job('job').with({ priority: 3 });
  await job.addCallback(notes.job('callback'));
  const late = await job.addCallback(notes.job('late').with({ priority: 4 }));
  const others = [
    notes.job('three').with({ priority: 3 }),
    notes.job('five').with({ priority: 5 }),
  ];
  await queue.putAll([job, ...others]);
  await dispatchers.start('callbacks', { size: 1 });
  await endAll([job, late, ...others]);
  expect(runs).toEqual(['job', 'callback', 'three', 'late', 'five']);
});

it('J6, Q7 a job that a run puts has its own priority alone', async () => {
  const queue = context.queue('puts');
  const puts = defineTask('priorities.puts', async () => {
    const own = local.getQueue();
    await own.put(notes.job('plain'));
    await own.put(notes.job('two'), { priority: 2 });
  });
  const other = notes.job('three').with({ priority: 3 });
  await queue.putAll([puts.job().with({ priority: 1 }), other]);
  await dispatchers.start('puts', { size: 1 });
  await other.wait({ timeout: 20_000 });
  expect(runs).toEqual(['plain', 'two', 'three']);
});
