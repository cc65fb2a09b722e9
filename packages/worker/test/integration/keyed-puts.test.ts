// Keys of jobs that tasks put: where the key is taken when the task ends, the job gets the result
// of the one that has it (Q8, J6).
import { defineTask, local, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { gateOf, held, holds, putHeld, quick, started, untilActive } from './keyed-tasks.js';

const context = testContext('keyed-puts');
const dispatchers = dispatchersIn(context);
const NAME = 'puts';
const queue = context.queue(NAME);
beforeAll(() => dispatchers.start(NAME, { pingInterval: 100, deathInterval: 400 }));

/** A job of a task that runs `body`. */
function task<R>(name: string, body: () => R): Job<unknown, []> {
  return defineTask(`keyedPuts.${name}`, body).job() as Job<unknown, []>;
}

describe('Q8, J6 a task that puts a job with a key', () => {
  it('stores it with its end where the key is free, and drops it where it fails', async () => {
    const puts = task('puts', async () => (await local.getQueue().put(holds('put'))).wasThere);
    const failing = task('failing', async () => {
      await local.getQueue().put(holds('dropped'));
      throw new RangeError('no');
    });
    expect(await (await queue.put(puts)).wait()).toBe(false);
    await eventually(() => started.includes('not put'));
    await expect((await queue.put(failing)).wait()).rejects.toThrow('no');
    expect(await queue.byKey('dropped')).toBeUndefined();
  });

  it('that is taken when it ends: the job gets the result of the one that has it', async () => {
    await putHeld(queue, 'taken');
    let put: Job | undefined;
    const puts = task('takes', async () => void (put = await local.getQueue().put(holds('taken'))));
    await (await queue.put(puts)).wait();
    await untilActive(queue, put as Job);
    gateOf('taken').open();
    expect(await put?.wait()).toBe('taken');
    expect(started).not.toContain('not taken');
  });

  it('after: it waits for the end of the job that has it, also of the task itself', async () => {
    const puts = task('itself', async () => {
      started.push('itself');
      const job = quick.job('after itself');
      await local.getQueue().put(job, { key: 'itself', whenTaken: 'after' });
      return started.includes('after itself');
    });
    const job = await queue.put(puts, { key: 'itself' });
    expect(await job.wait()).toBe(false);
    await eventually(() => started.includes('after itself'));
  });

  it('of its own: the job takes over the key with the end of the task', async () => {
    let next: Job | undefined;
    const puts = task('hands-over', async () => {
      next = await local.getQueue().put(held.job('next'), { key: 'own' });
    });
    await (await queue.put(puts, { key: 'own' })).wait();
    await eventually(() => started.includes('next'));
    expect((await queue.byKey('own'))?.id).toBe(next?.id);
    gateOf('next').open();
    expect(await next?.wait()).toBe('next');
  });

  it('replace: the pending job gets its arguments, and the other one its result', async () => {
    const pending = await queue.put(quick.job('old'), { key: 'replaced', beginAfter: 60_000 });
    let put: Job | undefined;
    const puts = task('replaces', async () => {
      const options = { key: 'replaced', whenTaken: 'replace' } as const;
      put = await local.getQueue().put(quick.job('new'), options);
    });
    await (await queue.put(puts)).wait();
    expect([await pending.wait(), await put?.wait()]).toEqual(['new', 'new']);
    expect(started.filter((name) => name === 'new')).toHaveLength(1);
  });

  it('refuse: a key that is taken is refused at once', async () => {
    await putHeld(queue, 'at-once');
    const puts = task('refuses', async () => {
      const put = local.getQueue().put(quick.job('no'), { key: 'at-once', whenTaken: 'refuse' });
      return await put.catch((error: Error) => error.name);
    });
    expect(await (await queue.put(puts)).wait()).toBe('BadStatusError');
    gateOf('at-once').open();
  });

  it('immediate: the put gives the job that has the key', async () => {
    const holder = await putHeld(queue, 'immediate');
    const puts = task('immediate', async () => {
      const job = await local.getQueue().put(holds('immediate'), { immediate: true });
      return [job.id, job.wasThere];
    });
    expect(await (await queue.put(puts)).wait()).toEqual([holder.id, true]);
    gateOf('immediate').open();
  });

  it('J5 a task that returns a new job gets the result of the job that has its key', async () => {
    await putHeld(queue, 'returned');
    const returns = await queue.put(task('returns', () => holds('returned')));
    // The job is active before its task has returned the other one.
    const key = `${context.prefix}:${queue.name}:${returns.id}`;
    await eventually(async () => (await context.redis.hexists(key, 'waitingOwner')) === 1);
    gateOf('returned').open();
    expect(await returns.wait()).toBe('returned');
  });

  it('J5 a task cannot return a new job with its own key', async () => {
    const job = await queue.put(
      task('round', () => holds('of-itself')),
      { key: 'of-itself' },
    );
    await expect(job.wait()).rejects.toThrow(/taken by job .*, which waits for it/);
  });

  it('J7 a callback may put one', async () => {
    const job = quick.job('with callback');
    await job.addCallback(
      defineTask('keyedParts.callback', async () => {
        await local.getQueue().put(holds('callback'));
      }).job() as never,
    );
    await (await queue.put(job, { key: 'callback' })).wait();
    await eventually(async () => (await queue.byKey('callback')) === undefined);
  });
});
