// The place of a job whose times, priority or quotas were changed (Q12).
import { defineTask, type Job } from '@drover/core';
import { serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { playPacks } from './packed.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('update-place');
const { redis, prefix } = context;
const work = defineTask('update-place.work', (...values: unknown[]) => values);
const HOUR = 3_600_000;

/** The jobs of a lane in the order in which they would be claimed. */
const order = async (queue: ReturnType<typeof context.queue>): Promise<unknown[]> =>
  (await queue.jobs()).map((job) => job.args[0]);
const deadlineOf = async (queue: string, { id }: Job): Promise<number> =>
  Number(await redis.zscore(`${prefix}:${queue}:begin-by`, `main/${id}`));

describe('times', () => {
  it('Q1, Q12 beginAfter: 0 makes a delayed job due now: behind those that are due', async () => {
    const queue = context.queue('promoted');
    const delayed = await queue.put(work.job('delayed'), { beginAfter: HOUR });
    await queue.put(work.job('first'));
    const [before] = await redis.zrange(`${prefix}:promoted:marker`, 0, '-1');
    await delayed.update({ beginAfter: 0 });
    await queue.put(work.job('last'));
    expect(await order(queue)).toEqual(['first', 'delayed', 'last']);
    // The marker wakes a dispatcher that waits for this lane alone.
    expect([before, await redis.zscore(`${prefix}:promoted:marker`, '0')]).toEqual(['0', '0']);
    expect(await redis.hget(`${prefix}:promoted:${delayed.id}`, 'delay')).toBe('0');
  });

  it('Q12 a promotion wakes the lane in which nothing else is due', async () => {
    const queue = context.queue('woken');
    const job = await queue.put(work.job('delayed'), { beginAfter: HOUR });
    expect(await redis.zscore(`${prefix}:woken:marker`, '0')).toBeNull();
    await job.update({ beginAfter: new Date(0) });
    expect(await redis.zscore(`${prefix}:woken:marker`, '0')).toBe('0');
    expect((await playDispatcher(context, 'woken').claimNow()).id).toBe(job.id);
  });

  it('Q1, Q12 a time to come delays a due job, and another time moves a delayed one', async () => {
    const queue = context.queue('delayed');
    const jobs = await queue.putAll(['a', 'b', 'c'].map((name) => work.job(name)));
    const [a, b] = jobs as [Job, Job, Job];
    await a.update({ beginAfter: 2 * HOUR });
    await b.update({ beginAfter: new Date(Date.now() + HOUR) });
    expect(await order(queue)).toEqual(['c', 'b', 'a']);
    await a.update({ beginAfter: HOUR / 2 });
    expect(await order(queue)).toEqual(['c', 'a', 'b']);
    expect(await queue.counts()).toMatchObject({ due: 1, delayed: 2 });
  });

  it('Q1, Q12 a job that is due keeps its place, whatever else changes', async () => {
    const queue = context.queue('place');
    const [a] = (await queue.putAll(['a', 'b'].map((name) => work.job(name)))) as [Job, Job];
    await a.update({ beginAfter: 0, timeout: 5, meta: { x: 1 }, beginBy: HOUR });
    expect(await order(queue)).toEqual(['a', 'b']);
  });

  it('Q12 a job that waits for its retry is promoted, and keeps its arguments', async () => {
    const queue = context.queue('retried');
    const job = await queue.put(work.job('old'));
    const dispatcher = playDispatcher(context, 'retried');
    await dispatcher.store.retry(await dispatcher.claimNow(), HOUR, { policyData: {} });
    expect(await dispatcher.claim()).toBeUndefined();
    await expect(job.update({ args: ['new'], beginAfter: 0 })).rejects.toThrow('has run before');
    expect(await dispatcher.claim()).toBeUndefined();
    await job.update({ beginAfter: 0 });
    const claim = await dispatcher.claimNow();
    expect([claim.args, claim.dueAt <= Date.now() + 1_000]).toEqual(['["old"]', true]);
  });

  it('Q2, Q12 a deadline counts from the change, or from the new time, and goes', async () => {
    const queue = context.queue('deadline');
    const job = await queue.put(work.job(1), { beginAfter: HOUR, beginBy: 60_000 });
    const near = (time: number) => expect.closeTo(Date.now() + time, -4) as number;
    expect(await deadlineOf('deadline', job)).toEqual(near(HOUR + 60_000));
    await job.update({ beginAfter: 0 });
    expect(await deadlineOf('deadline', job)).toEqual(near(60_000));
    await job.update({ beginBy: HOUR });
    expect(await deadlineOf('deadline', job)).toEqual(near(HOUR));
    await job.update({ beginBy: null });
    expect(await redis.zcard(`${prefix}:deadline:begin-by`)).toBe(0);
  });
});

describe('priority', () => {
  it('Q7, Q12 a due job goes behind the others of its new priority, and before later ones', async () => {
    const queue = context.queue('priority');
    const put = async (name: string, priority?: number): Promise<Job> =>
      await queue.put(work.job(name), priority === undefined ? {} : { priority });
    const first = await put('first');
    await put('second');
    const urgent = await put('urgent', 5);
    await put('five', 5);
    await put('nine', 9);
    await first.update({ priority: 5 });
    expect(await order(queue)).toEqual(['second', 'urgent', 'five', 'first', 'nine']);
    await urgent.update({ priority: null, args: ['now urgent'] });
    await first.update({ priority: 5, timeout: 5 });
    expect(await order(queue)).toEqual(['second', 'now urgent', 'five', 'first', 'nine']);
    const dispatcher = playDispatcher(context, 'priority');
    const claimed = [];
    for (let i = 0; i < 5; i++) claimed.push(JSON.parse((await dispatcher.claimNow()).args)[0]);
    expect(claimed).toEqual(['second', 'now urgent', 'five', 'first', 'nine']);
  });

  it('Q7, Q12 a delayed job has its new priority when it is due', async () => {
    const queue = context.queue('priority-later');
    const job = await queue.put(work.job('later'), { beginAfter: HOUR, priority: 9 });
    await queue.put(work.job('five'), { priority: 5 });
    await job.update({ priority: 1 });
    expect(await order(queue)).toEqual(['five', 'later']);
    await job.update({ beginAfter: 0 });
    expect(await order(queue)).toEqual(['later', 'five']);
  });

  it('Q7, Q12 a parked job has a place of its new priority among those that wait for a slot', async () => {
    const queue = context.queue('priority-parked');
    await queue.quotas.create('a', 1);
    const jobs: Job[] = [];
    for (const name of ['holds', 'b', 'c'])
      jobs.push(await queue.put(work.job(name), { quotas: ['a'], priority: 5 }));
    const { claimNow, complete, store } = playDispatcher(context, 'priority-parked');
    const take = async () => {
      const claim = await claimNow();
      return [claim, await store.takeSlots(claim)] as const;
    };
    const [holder] = await take();
    expect([(await take())[1], (await take())[1]]).toEqual(['parked', 'parked']);
    await jobs[2]?.update({ priority: 1 });
    expect((await take())[1]).toBe('parked');
    await complete(holder, 1);
    const [next, taken] = await take();
    expect([next.id, taken]).toEqual([jobs[2]?.id, 'taken']);
  });

  it('Q7, Q12 a later step of a serial has its new priority when its turn comes', async () => {
    const queue = context.queue('priority-steps');
    const steps = [work.job('first'), work.job('second')] as [Job, Job];
    await queue.put(serial(steps));
    const dispatcher = playPacks(context, 'priority-steps');
    await dispatcher.suspend(await dispatcher.claimNow(), steps, { inOrder: true });
    await steps[1].update({ priority: 9 });
    const claim = await dispatcher.claimNow();
    await queue.put(work.job('five'), { priority: 5 });
    await dispatcher.complete(claim, 1);
    expect(await order(queue)).toEqual(['five', 'second']);
  });
});

describe('quotas', () => {
  const limited = async (name: string, put: (readonly string[])[]) => {
    const queue = context.queue(name);
    for (const quota of ['a', 'b']) await queue.quotas.create(quota, 1);
    const dispatcher = playDispatcher(context, name);
    const jobs: Job[] = [];
    for (const [i, quotas] of put.entries()) jobs.push(await queue.put(work.job(i), { quotas }));
    /** Claims the next job, and asks for its slots. */
    const next = async (): Promise<unknown[]> => {
      const claim = await dispatcher.claimNow();
      const taken = claim.options.quotas?.length ? await dispatcher.store.takeSlots(claim) : 'none';
      return [JSON.parse(claim.args)[0], taken];
    };
    return { queue, dispatcher, jobs, next };
  };

  it('Q5, Q12 a job that is parked for a quota runs when it names another or none', async () => {
    const { queue, jobs, next } = await limited('parked', [['a'], ['a'], ['a'], ['a']]);
    expect([await next(), await next(), await next(), await next()]).toEqual([
      [0, 'taken'],
      [1, 'parked'],
      [2, 'parked'],
      [3, 'parked'],
    ]);
    await jobs[2]?.update({ quotas: ['b'], args: ['changed'] });
    expect(await queue.quotas.get('a')).toMatchObject({ waiters: 2 });
    expect(await next()).toEqual(['changed', 'taken']);
    await jobs[3]?.update({ quotas: [] });
    expect(await next()).toEqual([3, 'none']);
    expect(await queue.quotas.get('a')).toMatchObject({ holders: [jobs[0]?.id], waiters: 1 });
  });

  it('Q4, Q12 a job keeps its place among those that wait for a slot', async () => {
    const { dispatcher, jobs, next } = await limited('kept', [['b'], [], ['a'], ['a']]);
    const first = await dispatcher.claimNow();
    expect(await dispatcher.store.takeSlots(first)).toBe('taken');
    expect(await next()).toEqual([1, 'none']);
    // It came before both others, and waits for the slot of `b` before them.
    const late = await dispatcher.claimNow();
    await jobs[3]?.update({ quotas: ['b'] });
    expect(await dispatcher.store.takeSlots(late)).toBe('taken');
    expect(await next()).toEqual([3, 'parked']);
    await jobs[3]?.update({ quotas: ['a', 'b'] });
    expect(await next()).toEqual([3, 'parked']);
    await dispatcher.complete(first, 1);
    await dispatcher.complete(late, 1);
    expect(await next()).toEqual([3, 'taken']);
  });

  it('Q1, Q12 parked jobs that name their quota no more begin in the order of their puts', async () => {
    const { jobs, next } = await limited('in-order', [['a'], ['a'], ['a'], ['a'], []]);
    for (let i = 0; i < 4; i++) await next();
    for (const job of jobs.slice(1, 4)) await job.update({ quotas: null });
    expect([await next(), await next(), await next(), await next()]).toEqual(
      [1, 2, 3, 4].map((i) => [i, 'none']),
    );
  });

  it('Q5, Q12 a job that names its quota no more lets the next one of that have its turn', async () => {
    const { jobs, next } = await limited('freed', [['a'], ['a']]);
    // It would have had the slot first.
    await jobs[0]?.update({ quotas: null });
    expect([await next(), await next()]).toEqual([
      [0, 'none'],
      [1, 'taken'],
    ]);
  });

  it('Q5, Q12 a parked job can be delayed', async () => {
    const { queue, jobs, next } = await limited('later', [['a'], ['a'], ['a']]);
    expect([await next(), await next()]).toEqual([
      [0, 'taken'],
      [1, 'parked'],
    ]);
    await jobs[1]?.update({ beginAfter: HOUR });
    expect(await queue.counts()).toMatchObject({ delayed: 1, waitingForQuota: 0 });
    await jobs[1]?.update({ beginAfter: 0 });
    expect(await next()).toEqual([2, 'parked']);
  });
});
