// The facts of a handle: times, agent, and the jobs around it.
import { defineTask, RetryableError, retry, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { waitForStatus } from '@drover/core/testing';
import { eventually } from '../../../../test/kit/wait.js';
import { gatesByName } from '../../../../test/kit/gate.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('job-facts');
const dispatchers = dispatchersIn(context);
const gate = gatesByName();
const work = defineTask('job-facts.work', (value: unknown) => value);
const held = defineTask('job-facts.held', async (name: string) => await gate(name).opened);
const sum = defineTask('job-facts.sum', (...parts: Job[]) => parts.length);
const returns = defineTask('job-facts.returns', () => work.job('returned'));
const fails = defineTask('job-facts.fails', () => {
  throw new RetryableError('not now');
});
const queue = context.queue('facts');
const idsOf = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id);
const read = async ({ id }: Job): Promise<Job> => (await queue.get(id)) as Job;

let uuid = '';
beforeAll(async () => {
  const dispatcher = dispatchers.make('facts', {
    queues: { facts: { main: { size: 4 }, special: { size: 1, lanes: ['special'] } } },
  });
  await dispatcher.activate();
  ({ uuid } = dispatcher);
});

describe('Q2 times', () => {
  it('have the put and the due time of a job that has not begun', async () => {
    const job = await queue.put(work.job(1), { beginAfter: 600_000 });
    expect(job.times).toEqual({});
    const { put = 0, ...others } = (await job.refresh()).times;
    expect(put).toBeGreaterThan(1_600_000_000_000);
    expect(others).toEqual({ due: expect.closeTo(put + 600_000, -3) as number });
    await queue.remove(job);
  });

  it('have the start and the end of a job, of a run before its callbacks too', async () => {
    const job = work.job(1);
    const callback = await job.addCallback(held.job('callback') as Job);
    await queue.put(job);
    gate('callback').open();
    await job.wait();
    const [own, later] = [(await job.refresh()).times, (await callback.refresh()).times];
    expect([...Object.keys(own)].sort()).toEqual(['due', 'ended', 'put', 'started']);
    const times = [own.put, own.due, own.started, later.due, later.started, later.ended, own.ended];
    expect(times).toEqual([...times].sort((a = 0, b = 0) => a - b));
  });

  it('have no due time of a step whose turn has not come, and the first start of its serial', async () => {
    const chain = serial([held.job('step'), work.job(2)], { packed: false });
    const [first, second] = chain.jobs;
    await queue.put(chain);
    await waitForStatus(first, 'active');
    expect(Object.keys((await read(second)).times)).toEqual(['put']);
    gate('step').open();
    await chain.wait();
    const [whole, part] = [(await chain.refresh()).times, (await first.refresh()).times];
    expect(whole.started).toBeLessThanOrEqual(part.started ?? 0);
    expect(whole.ended).toBeGreaterThanOrEqual((await second.refresh()).times.ended ?? Infinity);
  });

  it('are due when the policy lets the job run again', async () => {
    const retryPolicy = retry({ attempts: 3, backoff: 600_000 });
    const job = await queue.put(fails.job(), { retryPolicy });
    await eventually(async () => (await job.refresh()).attempts > 0 && job.status === 'pending');
    const { put = 0, due = 0, started = 0, ended } = job.times;
    expect(started).toBeGreaterThanOrEqual(put);
    // The delay is random, up to `backoff`.
    expect(due).toBeGreaterThan(started);
    expect(ended).toBeUndefined();
    await job.cancel();
  });
});

it('Q6 the agent of a job is known by a wait and by a read, and jobs are found by dispatcher', async () => {
  const [job, other] = [
    await queue.put(work.job('agent')),
    await queue.put(work.job('agent'), { lane: 'special' }),
  ];
  await Promise.all([job.wait(), other.wait()]);
  for (const [one, agent] of [
    [job, 'main'],
    [other, 'special'],
    [await read(other), 'special'],
  ] as const)
    expect(one).toMatchObject({ agent, dispatcher: uuid });
  const found = await queue.jobs({ dispatcher: uuid, status: 'completed', text: '"agent"' });
  expect(new Set(idsOf(found))).toEqual(new Set(idsOf([job, other])));
});

describe('C3 the parent and the children', () => {
  it.each([
    ['parallel', false],
    ['parallel', true],
    ['serial', false],
    ['serial', true],
  ] as const)(
    'of a %s, with packed %p, are known while it waits and after it',
    async (kind, packed) => {
      const name = `${kind} ${String(packed)}`;
      const make = kind === 'serial' ? serial : parallel;
      const postprocess = sum.job() as Job;
      const parts = [held.job(name), work.job(1), work.job(2), work.job(3)];
      const album = await queue.put(
        make(parts, { postprocess, packed }) as ReturnType<typeof parallel>,
      );
      await waitForStatus(parts[0] as Job, 'active');
      const expectAll = async () => {
        for (const job of [...parts, postprocess])
          expect((await read(job)).parent).toMatchObject({ id: album.id, task: album.task });
        const found = await read(album);
        expect(idsOf(found.children)).toEqual(idsOf([...parts, postprocess]));
        expect(found.parent).toBeUndefined();
      };
      await expectAll();
      gate(name).open();
      await album.wait();
      await expectAll();
    },
  );

  it('J5 are known of a job that its task has returned', async () => {
    const job = await queue.put(returns.job());
    await job.wait();
    await job.refresh();
    const [child] = job.children;
    expect(child).toMatchObject({ task: work.name, queue: 'facts' });
    expect(job.children).toHaveLength(1);
    expect(job.children[0]).toBe(child);
    expect((await (child as Job).refresh()).args).toEqual(['returned']);
    expect(child?.parent?.id).toBe(job.id);
  });
});

it('J7 the callbacks of a job are known, and it is their parent', async () => {
  const job = held.job('has callbacks') as Job;
  const first = await job.addCallback(work.job('first') as Job);
  expect(job.callbacks).toEqual([first]);
  expect(first.parent).toBe(job);
  await queue.put(job);
  const second = await (await read(job)).addCallback(work.job('second') as Job);
  const expectAll = async () => {
    const found = await read(job);
    expect(idsOf(found.callbacks)).toEqual(idsOf([first, second]));
    for (const callback of found.callbacks)
      expect((await callback.refresh()).parent?.id).toBe(job.id);
  };
  await expectAll();
  gate('has callbacks').open();
  await job.wait();
  await expectAll();
  await job.refresh();
  expect(job.callbacks[0]).toBe(first);
  expect(job.parent).toBeUndefined();
});

describe('C5 the progress of a composite', () => {
  const bad = defineTask('job-facts.bad', () => {
    throw new Error('no');
  });

  it.each([false, true])('counts its parts, with packed %p', async (packed) => {
    const name = `progress ${String(packed)}`;
    const album = parallel(
      [held.job(name), bad.job(), ...Array.from({ length: 40 }, (_, i) => work.job(i))] as Job[],
      { postprocess: sum.job() as Job, packed },
    );
    await album.append(work.job('more').with({ beginAfter: 600_000 }));
    await expect(album.progress()).rejects.toThrow(/is new/);
    await queue.put(album);
    const progress = await eventually(async () => {
      const found = await album.progress();
      return found.completed === 41 && found;
    });
    expect(progress).toEqual({ parts: 43, completed: 41, failed: 1, active: 1, pending: 1 });
    await album.jobs[42]?.cancel();
    gate(name).open();
    await album.wait();
    const after = { parts: 43, completed: 43, failed: 2, active: 0, pending: 0 };
    expect(await album.progress()).toEqual(after);
    expect(await ((await read(album)) as typeof album).progress()).toEqual(after);
  });

  it('is that of its parts before it has begun, with the appended ones', async () => {
    const waits = serial([work.job(1), work.job(2)]);
    const later = await queue.put(waits, { beginAfter: 600_000 });
    await ((await read(later)) as typeof waits).append(work.job(3));
    const none = { completed: 0, failed: 0, active: 0 };
    expect(await waits.progress()).toEqual({ parts: 3, ...none, pending: 3 });
    await queue.remove(later);
    const empty = await queue.put(parallel([]));
    await empty.wait();
    expect(await empty.progress()).toEqual({ parts: 0, ...none, pending: 0 });
  });

  it('counts the steps of a packed serial', async () => {
    const chain = serial([work.job(1), work.job(2), held.job('chain'), work.job(3)] as Job[], {
      packed: true,
    });
    await queue.put(chain);
    await waitForStatus(chain.jobs[2] as Job, 'active');
    expect(await chain.progress()).toEqual({
      parts: 4,
      completed: 2,
      failed: 0,
      active: 1,
      pending: 1,
    });
    gate('chain').open();
    await chain.wait();
    expect(await chain.progress()).toMatchObject({ completed: 4 });
  });
});
