// The parts of a composite have its priority, packed or not, and those with one of their own keep
// that (Q7).
import { defineTask, local, RetryableError, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { packClaims, packsIn } from '../../../../test/kit/packs.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startDispatcher } from './dispatchers.js';
import { expectNothingLeft, gateOf, held, kinds, packedKind, PATIENCE, put } from './packed.js';

const context = testContext('priority-of-parts');
const { redis, prefix } = context;
const runs: string[] = [];
beforeEach(() => runs.splice(0));

const notes = defineTask('priorityOfParts.notes', (name: string, how?: string): void => {
  runs.push(name);
  if (how === 'again' && local.fence === 1) throw new RetryableError('again');
}) as { job(...args: unknown[]): Job };
const joins = defineTask('priorityOfParts.joins', () => void runs.push('postprocess')) as {
  job(...args: unknown[]): Job;
};

const named = (name: string, count: number): Job[] =>
  Array.from({ length: count }, () => notes.job(name));
const priorityIn = async (queue: string, { id }: { id: string }): Promise<string | null> =>
  await redis.hget(`${prefix}:${queue}:${id}`, 'priority');

describe.each(kinds)('%s', (kind, compose, asPacks) => {
  const { name, make } = packedKind(context, kind, compose, asPacks);

  it('Q7 its parts wait for jobs that come before the composite, and stay packed', async () => {
    const queue = context.queue(name);
    const job = make(named('part', 40), { postprocess: joins.job() }).with({ priority: 5 });
    await put(context, name, job, asPacks);
    const opens = held.job(name, 0);
    const others = [
      // With a policy of its own it shares no hand with the last parts.
      notes.job('five').with({ priority: 5, retryPolicy: 'RetryCommonForever' }),
      notes.job('four').with({ priority: 4 }),
      notes.job('six').with({ priority: 6 }),
    ];
    // The composite schedules its parts, and then a job that comes before them holds the slot.
    const before = await queue.put(opens.with({ priority: 5 }));
    await startDispatcher(context, name, 1);
    await eventually(async () => (await before.refresh()).status === 'active');
    await queue.putAll(others);
    gateOf(name).open();
    await Promise.all([job, ...others].map((each) => (each as Job).wait(PATIENCE)));
    const first = runs.filter((run) => run !== 'part' && run !== 'postprocess');
    expect(first).toEqual(['four', 'five', 'six']);
    expect(runs[0]).toBe('four');
    expect(runs.slice(1, 42)).toEqual(expect.arrayContaining(Array<string>(40).fill('part')));
    expect(runs.indexOf('five')).toBeGreaterThan(runs.lastIndexOf('part'));
    expect(runs.indexOf('postprocess')).toBeLessThan(runs.indexOf('five'));
    if (kind === 'serial') expect(await packsIn(context, name)).toHaveLength(1);
    if (asPacks) expect((await packClaims(context, name)).size).toBeGreaterThan(0);
    await expectNothingLeft(context, name);
  });

  it('Q7 a part of an opened pack keeps the priority, and so does one that is retried', async () => {
    const of = `${name}-opened`;
    const parts = [...named('part', 4), notes.job('again', 'again'), ...named('part', 4)];
    const job = make(parts).with({ priority: 3 });
    await put(context, of, job, asPacks);
    await startDispatcher(context, of, 1);
    await job.wait(PATIENCE);
    expect(runs.filter((run) => run === 'again')).toHaveLength(2);
    expect(await priorityIn(of, parts[4] as Job)).toBe('3');
    await expectNothingLeft(context, of);
  });
});

it('Q7 a part with a priority of its own keeps it, also 0, and nested parts have that above', async () => {
  const queue = context.queue('own');
  const inner = [notes.job('inner'), notes.job('inner own').with({ priority: 1 })];
  const parts = [
    notes.job('seven').with({ priority: 7 }),
    parallel(inner).with({ priority: 6 }) as Job,
    notes.job('five'),
    notes.job('none').with({ priority: 0 }),
  ];
  const job = await queue.put(parallel(parts).with({ priority: 5 }));
  const last = await queue.put(notes.job('eight'), { priority: 8 });
  await startDispatcher(context, 'own', 1);
  await Promise.all([job.wait(PATIENCE), last.wait(PATIENCE)]);
  expect(runs).toEqual(['none', 'five', 'inner own', 'inner', 'seven', 'eight']);
  expect(await Promise.all(inner.map((part) => priorityIn('own', part)))).toEqual(['6', '1']);
});

it('Q7 steps go on before other jobs of their priority, and behind those before it', async () => {
  const queue = context.queue('steps');
  const first = held.job('steps', 1) as Job;
  const job = serial([first, notes.job('second'), notes.job('third')], {
    postprocess: joins.job(),
  }).with({ priority: 5 });
  await queue.put(job);
  await startDispatcher(context, 'steps', 1);
  await eventually(async () => (await first.refresh()).status === 'active');
  const others = [5, 4, 6].map((priority) => notes.job(`${priority}`).with({ priority }));
  await queue.putAll(others);
  gateOf('steps').open();
  await Promise.all([job, ...others].map((each) => (each as Job).wait(PATIENCE)));
  expect(runs).toEqual(['4', 'second', 'third', 'postprocess', '5', '6']);
});

it('C4, J5, Q7 appended jobs and a job that a task returns have the priority too', async () => {
  const queue = context.queue('more');
  const returned = notes.job('returned');
  const returns = defineTask('priorityOfParts.returns', () => returned);
  const late = notes.job('late');
  const appends = defineTask('priorityOfParts.appends', async (to: ReturnType<typeof serial>) => {
    await to.append(late);
  });
  const early = notes.job('early');
  const job = serial([returns.job() as Job]).with({ priority: 5 });
  await job.append(appends.job(job) as Job);
  await queue.put(job);
  await job.append(early);
  await startDispatcher(context, 'more', 1);
  await job.wait(PATIENCE);
  expect(runs).toEqual(['returned', 'early', 'late']);
  const jobs = [returned, early, late];
  expect(await Promise.all(jobs.map((each) => priorityIn('more', each)))).toEqual(['5', '5', '5']);
});

it('O3, Q7 a composite that is retried has its priority again', async () => {
  const queue = context.queue('retried');
  let runsLeft = 1;
  const fails = defineTask('priorityOfParts.fails', () => {
    runs.push('fails');
    if (runsLeft-- > 0) throw new RangeError('broken');
  });
  const job = parallel([fails.job() as Job], { onFailure: 'stop' }).with({ priority: 5 });
  await queue.put(job);
  const dispatcher = await startDispatcher(context, 'retried', 1);
  await expect(job.wait(PATIENCE)).rejects.toThrow('broken');
  await dispatcher.deactivate();
  const [four, six] = [notes.job('four'), notes.job('six')] as [Job, Job];
  await queue.put(six, { priority: 6 });
  await job.retry();
  await queue.put(four, { priority: 4 });
  expect((await queue.jobs()).map(({ id }) => id)).toEqual([four.id, job.id, six.id]);
  await startDispatcher(context, 'retried', 1);
  await Promise.all([job.wait(PATIENCE), six.wait(PATIENCE)]);
  expect(runs).toEqual(['fails', 'four', 'fails', 'six']);
});
