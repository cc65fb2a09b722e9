// Jobs that a task puts are part of its job: they are stored with its result, or not at all (J6).
import { defineTask, joinJobs, local, RetryableError, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, next } from './dispatchers.js';
import { aborted, gate } from '../../../../test/kit/gate.js';
import { echo, shelfOf, runTask } from './shelf.js';

const context = testContext('puts');
const dispatchers = dispatchersIn(context);
const { shelf, shelve, shelved } = shelfOf(context);

const run = <T>(name: string, task: () => T) => runTask(context, dispatchers, name, task);

describe('J6 the puts of a task', () => {
  it('are visible with its result, in order, and not before', async () => {
    const [hasPut, goOn] = [gate(), gate()];
    const handles: Job[] = [];
    const { value } = await run('with-result', async () => {
      handles.push(
        ...(await shelf.putAll([echo.job(['with-result', 1]), echo.job(['with-result', 2])])),
      );
      handles.push(await shelve('with-result', 3));
      const statuses = handles.map(({ status }) => status);
      hasPut.open();
      await goOn.opened;
      return statuses;
    });
    await hasPut.opened;
    expect(await shelved('with-result')).toEqual([]);
    expect(await shelf.get(handles[0]?.id ?? '')).toBeUndefined();
    goOn.open();
    expect(await value).toEqual(['new', 'new', 'new']);
    expect(await shelved('with-result')).toEqual([1, 2, 3]);
    await eventually(() => handles.every(({ status }) => status === 'pending'));
  });

  it('are dropped when its result cannot be stored', async () => {
    const { value } = await run('unstorable', async () => {
      await shelve('unstorable', 1);
      return () => {};
    });
    await expect(value).rejects.toMatchObject({ code: 'DROVER_SERIALIZATION' });
    expect(await shelved('unstorable')).toEqual([]);
  });

  it('are stored once when it is retried, by the run that succeeds', async () => {
    const handle = echo.job(['retried', 'same handle']);
    const { value } = await run('retried', async () => {
      await shelf.put(handle);
      await shelve('retried', local.fence);
      if (local.fence < 3) throw new RetryableError('once more');
      return local.fence;
    });
    expect(await value).toBe(3);
    expect(await shelved('retried')).toEqual(['same handle', 3]);
  });

  it('are stored once when it is interrupted, by the run that succeeds', async () => {
    const hasPut = gate();
    const queue = context.queue('interrupted');
    const first = await dispatchers.start('interrupted');
    const task = defineTask('puts.interrupted', async () => {
      await shelve('interrupted', local.fence);
      if (local.fence > 1) return 'again';
      hasPut.open();
      return await aborted(local.signal);
    });
    const job = await queue.put(task.job());
    await hasPut.opened;
    await first.deactivate();
    expect(await shelved('interrupted')).toEqual([]);
    await dispatchers.start('interrupted');
    expect(await job.wait()).toBe('again');
    expect(await shelved('interrupted')).toEqual([2]);
  });

  it('I5 are dropped when its claim is lost', async () => {
    const [hasPut, goOn] = [gate(), gate()];
    const dispatcher = await dispatchers.start('lost');
    const reassigned = next(dispatcher, 'reassigned');
    const handle = echo.job(['lost', 1]);
    const task = defineTask('puts.lost', async () => {
      await shelf.put(handle);
      hasPut.open();
      await goOn.opened;
    });
    const job = await context.queue('lost').put(task.job());
    await hasPut.opened;
    await context.redis.hincrby(`${context.prefix}:lost:${job.id}`, 'interruptions', 1);
    await context.redis.set(`${context.prefix}:lost:${job.id}:lock`, 'an interrupt');
    goOn.open();
    await reassigned;
    expect(await shelved('lost')).toEqual([]);
    expect(handle).toMatchObject({ status: 'new', queue: undefined });
  });

  it('can be arguments of other puts, and part of its result', async () => {
    const { value } = await run('references', async () => {
      const queue = local.getQueue();
      const inner = await queue.put(echo.job('inner'));
      return { inner, outer: await queue.put(echo.job(inner)) };
    });
    const { inner, outer } = (await value) as { inner: Job; outer: Job };
    expect(await inner.wait()).toBe('inner');
    await outer.wait();
    expect(outer.args).toEqual([expect.objectContaining({ id: inner.id, queue: 'references' })]);
  });

  it('J7 can get callbacks before and after the put, which run once', async () => {
    const heard: string[] = [];
    const hear = defineTask(
      'puts.hear',
      (who: string, result: unknown) => void heard.push(`${who}: ${String(result)}`),
    );
    const { value } = await run('callbacks', async () => {
      const job = echo.job('result');
      await job.addCallback(hear.job(`before, by ${local.fence}`));
      await local.getQueue().put(job);
      const callback = await job.addCallback(hear.job(`after, by ${local.fence}`));
      await callback
        .addCallback(hear.job('of the callback'))
        .catch((error: Error) => heard.push(error.name));
      if (local.fence === 1) throw new RetryableError('again');
      return { job, callback };
    });
    const { job, callback } = (await value) as { job: Job; callback: Job };
    expect(await job.wait()).toBe('result');
    await callback.wait();
    expect(heard).toEqual([
      'BadStatusError',
      'BadStatusError',
      'before, by 2: result',
      'after, by 2: result',
    ]);
  });

  it('J7 are stored with the result of a job with callbacks, before those run', async () => {
    const seen = gate();
    const look = defineTask('puts.look', async () => {
      const found = await shelved('with-callbacks');
      seen.open();
      return found;
    });
    await dispatchers.start('with-callbacks');
    const task = defineTask('puts.with-callbacks', async () => {
      await shelve('with-callbacks', local.fence);
      // The callback comes from inside, after the claim, so that the finish meets it.
      await local.getJob().addCallback(echo.job('late') as Job);
      return 'value';
    });
    const job = task.job();
    const callback = await job.addCallback(look.job() as Job);
    await context.queue('with-callbacks').put(job);
    await seen.opened;
    expect(await job.wait()).toBe('value');
    expect(await callback.wait()).toEqual([1]);
    expect(await shelved('with-callbacks')).toEqual([1]);
  });

  it('J7 are stored once when a callback is added while the job runs', async () => {
    const { job, value } = await run('late-callback', async () => {
      await shelve('late-callback', local.fence);
      await local.getJob().addCallback(echo.job('late') as Job);
      return 'value';
    });
    expect(await value).toBe('value');
    expect(job.interruptions).toBe(0);
    expect(await shelved('late-callback')).toEqual([1]);
  });

  it('Q1 can be changed until they are stored', async () => {
    const { value } = await run('changed', async () => {
      const job = await local.getQueue().put(echo.job('old'));
      await job.update({ args: ['new'] });
      return { job };
    });
    expect(await ((await value) as { job: Job }).job.wait()).toBe('new');
  });

  it('Q2 have a beginBy that counts from when they are stored', async () => {
    const { value } = await run('begin-by', async () => {
      await shelf.put(echo.job(['begin-by', 1]), { beginBy: 600_000 });
    });
    await value;
    const [job] = (await shelf.jobs()).filter(({ options }) => options.beginBy !== undefined);
    const deadlines = await context.redis.zrange(`${context.prefix}:shelf:begin-by`, 0, '-1');
    expect(deadlines).toEqual([`main/${job?.id}`]);
  });

  it('have a beginAfter', async () => {
    const { value } = await run('later', async () => {
      await local.getQueue().put(echo.job(['later', 1]), { beginAfter: 60_000 });
      return 'put';
    });
    await value;
    const [job] = await context.queue('later').jobs();
    expect(job?.status).toBe('pending');
    expect(job?.options.beginAfter).toBeGreaterThan(Date.now() + 30_000);
    expect(await context.redis.zcard(`${context.prefix}:later:delayed`)).toBe(1);
  });

  it.each([1_000, 10_000])('can be %i jobs', async (count) => {
    const { value } = await run(`many-${count}`, async () => {
      await shelf.putAll(Array.from({ length: count }, (_, i) => echo.job([`many-${count}`, i])));
      return 'put';
    });
    expect(await value).toBe('put');
    expect(await context.redis.llen(`${context.prefix}:shelf:wait`)).toBeGreaterThanOrEqual(count);
    await context.redis.del(`${context.prefix}:shelf:wait`);
  });

  it('are stored when the job waits for others, which may be puts too', async () => {
    const open = gate();
    const held = defineTask('puts.held', () => open.opened.then(() => 'end'));
    const { job, value } = await run('waits', async () => {
      await shelve('waits', 1);
      return await local.getQueue().put(held.job());
    });
    await eventually(async () => (await shelved('waits')).length > 0, { timeout: 20_000 });
    expect((await job.refresh()).status).toBe('active');
    open.open();
    expect(await value).toBe('end');
    expect(await shelved('waits')).toEqual([1]);
  });

  it('are stored with the result of a join of no jobs', async () => {
    const { value } = await run('no-parts', async () => {
      await shelve('no-parts', 1);
      return joinJobs([]);
    });
    expect(await value).toEqual([]);
    expect(await shelved('no-parts')).toEqual([1]);
  });

  it('can be claimed by a finish that claims the next job', async () => {
    const queue = context.queue('chain');
    const task = defineTask('puts.chain', async (left: number): Promise<void> => {
      if (left > 0) await local.getQueue().put(task.job(left - 1) as Job);
    });
    await dispatchers.start('chain', { size: 2 });
    await queue.putAll([task.job(10), task.job(10)] as Job[]);
    await eventually(async () => (await queue.jobs({ status: 'completed' })).length === 22, {
      timeout: 20_000,
    });
    expect(await queue.jobs({ status: 'active' })).toEqual([]);
  });
});
