// The life of a job with a key: when its key is free again, and which job waits for that (Q8).
import { serial } from '@drover/composite';
import { defineTask, local, type Job } from '@drover/core';
import { Queue as BullQueue } from 'bullmq';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { trimCompleted } from '../../../../test/kit/store.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { fails, gateOf, held, putHeld, quick, started } from './keyed-tasks.js';

const context = testContext('keyed-jobs');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const NAME = 'keyed';
const queue = context.queue(NAME);
const RECONCILED = { pingInterval: 100, deathInterval: 400 };
beforeAll(() => dispatchers.start(NAME, RECONCILED));

const isFree = async (key: string): Promise<boolean> => (await queue.byKey(key)) === undefined;
const AFTER = { whenTaken: 'after' } as const;

describe('Q8 until completed: the key is free when its job', () => {
  const free: [string, (key: string) => Promise<Job>][] = [
    ['has its value', async (key) => await queue.put(quick.job(key), { key })],
    ['has failed', async (key) => await queue.put(fails.job(key), { key })],
    [
      'was cancelled while it ran',
      async (key) => {
        const job = await putHeld(queue, key);
        await job.cancel();
        return job;
      },
    ],
    [
      'was cancelled before it was due',
      async (key) => {
        const job = await queue.put(quick.job(key), { key, beginAfter: 60_000 });
        await job.cancel();
        return job;
      },
    ],
    [
      'has not begun in time',
      async (key) =>
        await queue.put(quick.job(key), { key, beginBy: 50, lane: 'nobody serves it' }),
    ],
    ['is a composite', async (key) => await queue.put(serial([quick.job(key)]), { key })],
  ];
  it.each(free)('%s', async (name, put) => {
    const key = name.replaceAll(' ', '-');
    const job = await put(key);
    await job.wait().catch(() => {});
    expect(await isFree(key)).toBe(true);
    expect(await redis.hexists(`${prefix}:${NAME}:keys`, key)).toBe(0);
    const next = await queue.put(quick.job(`${key} again`), { key });
    expect([next.wasThere, await next.wait()]).toEqual([false, `${key} again`]);
  });

  it('J7 has ended its callbacks, and not before', async () => {
    const key = 'callbacks';
    const job = quick.job(key);
    await job.addCallback(held.job(key) as never);
    const put = await queue.put(job, { key });
    await eventually(async () => (await put.refresh()).status === 'callbacks');
    expect((await queue.put(quick.job('no'), { key })).id).toBe(put.id);
    gateOf(key).open();
    await put.wait();
    expect(await isFree(key)).toBe(true);
  });
});

it('Q8 keep gives the job that runs, and a wait for it gives its value', async () => {
  const first = await putHeld(queue, 'runs');
  const second = await queue.put(held.job('other'), { key: 'runs' });
  expect([second.id, second.wasThere, second.status]).toEqual([first.id, true, 'active']);
  gateOf('runs').open();
  expect(await second.wait()).toBe('runs');
  expect(started).not.toContain('other');
});

it('Q8, J9 until removed: a completed job has its key until retention removes it', async () => {
  const job = await queue.put(quick.job('r'), { key: 'kept', until: 'removed' });
  await job.wait();
  const again = await queue.put(quick.job('no'), { key: 'kept', ...AFTER });
  expect([again.id, again.wasThere, await again.wait()]).toEqual([job.id, true, 'r']);
  await trimCompleted(redis, prefix, NAME, ['system', 'main'], { age: Infinity, count: 0 });
  expect(await isFree('kept')).toBe(true);
  expect(await redis.hexists(`${prefix}:${NAME}:keys`, 'kept')).toBe(0);
});

it('Q8, Q2 until so many ms: the key outlives its job, and then the job outlives its key', async () => {
  const job = await queue.put(quick.job('short'), { key: 'ms', until: 60_000 });
  await job.wait();
  expect((await queue.put(quick.job('no'), { key: 'ms' })).id).toBe(job.id);
  const long = await putHeld(queue, 'long', { until: 50 });
  await eventually(async () => await isFree('long'));
  const next = await queue.put(quick.job('next'), { key: 'long' });
  expect([next.wasThere, await next.wait()]).toEqual([false, 'next']);
  gateOf('long').open();
  await long.wait();
});

describe('Q8 after', () => {
  it('one job waits while one runs, and begins when that one has ended', async () => {
    const first = await putHeld(queue, 'one');
    const second = await queue.put(quick.job('two'), { key: 'one', ...AFTER });
    const third = await queue.put(quick.job('three'), { key: 'one', ...AFTER });
    expect([second.wasThere, second.status, third.id, third.wasThere]).toEqual([
      false,
      'pending',
      second.id,
      true,
    ]);
    expect((await queue.byKey('one'))?.id).toBe(first.id);
    expect((await queue.jobs()).map(({ id }) => id)).toContain(second.id);
    expect(started).not.toContain('two');
    gateOf('one').open();
    expect([await first.wait(), await second.wait()]).toEqual(['one', 'two']);
    expect(started).not.toContain('three');
    expect(await isFree('one')).toBe(true);
  });

  it('it begins also when that one fails, and takes the key for its own time', async () => {
    const first = await putHeld(queue, 'cancelled');
    const second = await queue.put(held.job('next in turn'), { key: 'cancelled', ...AFTER });
    await first.cancel();
    await eventually(() => started.includes('next in turn'));
    expect((await queue.byKey('cancelled'))?.id).toBe(second.id);
    const third = await queue.put(quick.job('last in turn'), { key: 'cancelled', ...AFTER });
    gateOf('next in turn').open();
    expect([await second.wait(), await third.wait()]).toEqual(['next in turn', 'last in turn']);
  });

  it('replace changes the job that waits', async () => {
    await putHeld(queue, 'busy');
    const second = await queue.put(quick.job('old'), { key: 'busy', ...AFTER });
    const third = await queue.put(quick.job('new'), { key: 'busy', whenTaken: 'replace' });
    expect(third.id).toBe(second.id);
    gateOf('busy').open();
    expect(await second.wait()).toBe('new');
  });

  it('replace keeps what runs, and what has run before', async () => {
    const first = await putHeld(queue, 'no-change');
    const second = await queue.put(held.job('changed'), { key: 'no-change', whenTaken: 'replace' });
    expect([second.id, second.args]).toEqual([first.id, ['no-change']]);
    gateOf('no-change').open();
    expect(await first.wait()).toBe('no-change');
  });

  it('Q3, O1 the job that waits can be removed and cancelled', async () => {
    const first = await putHeld(queue, 'held');
    for (const end of ['remove', 'cancel']) {
      const second = await queue.put(quick.job(`${end}led in line`), { key: 'held', ...AFTER });
      expect(second.wasThere).toBe(false);
      if (end === 'remove') await queue.remove(second);
      else await second.cancel();
    }
    const last = await queue.put(quick.job('not removed'), { key: 'held', ...AFTER });
    expect(last.wasThere).toBe(false);
    gateOf('held').open();
    expect([await first.wait(), await last.wait()]).toEqual(['held', 'not removed']);
    expect(started).not.toContain('removeled in line');
    expect(started).not.toContain('cancelled in line');
  });

  it('Q1, Q5 it becomes due by its own time, and waits for its quotas', async () => {
    await queue.quotas.create('disk', 1);
    const first = await putHeld(queue, 'slot', { quotas: ['disk'] });
    const options = { key: 'slot', ...AFTER, quotas: ['disk'], beginAfter: 300 };
    const second = await queue.put(quick.job('in slot'), options);
    gateOf('slot').open();
    await first.wait();
    expect((await second.refresh()).status).toBe('pending');
    expect(await second.wait()).toBe('in slot');
    expect(await queue.quotas.get('disk')).toMatchObject({ holders: [], waiters: 0 });
  });

  it('J5 a task cannot return the job that waits for its end', async () => {
    const returns = defineTask('keyed.returns', async () =>
      queue.put(quick.job('after itself'), { key: 'itself', ...AFTER, immediate: true }),
    );
    const job = await queue.put(returns.job(), { key: 'itself' });
    await expect(job.wait()).rejects.toThrow(/waits for/);
    expect(await eventually(() => started.includes('after itself'))).toBe(true);
  });

  it('O6 it begins where another program has removed the job that has the key', async () => {
    const first = await queue.put(quick.job('removed by a board'), {
      key: 'board',
      beginAfter: 60_000,
    });
    // As if it was claimed before, and is to be retried later.
    await redis.hset(`${prefix}:${NAME}:${first.id}`, 'scheduledChunks', 1);
    const second = await queue.put(quick.job('goes on'), { key: 'board', ...AFTER });
    expect(second.wasThere).toBe(false);
    const board = new BullQueue(NAME, { connection: { url: context.redisUrl }, prefix });
    board.on('error', () => {});
    cleanUpLater(() => board.close());
    await board.remove(first.id);
    expect(await second.wait()).toBe('goes on');
    expect(await redis.hlen(`${prefix}:${NAME}:keys:next`)).toBe(0);
  });
});

describe('Q8, O3 a job that runs again', () => {
  const twice = defineTask('keyed.twice', (name: string) => {
    if (local.fence === 1) throw new RangeError('the first time');
    return name;
  });

  it('has its key again', async () => {
    const job = await queue.put(twice.job('again'), { key: 'retried' });
    await job.wait().catch(() => {});
    await job.retry();
    expect(await job.wait()).toBe('again');
    expect(await isFree('retried')).toBe(true);
  });

  it('is refused while another job has its key', async () => {
    const job = await queue.put(twice.job('again'), { key: 'lost' });
    await job.wait().catch(() => {});
    await putHeld(queue, 'lost');
    await expect(job.retry()).rejects.toThrow(/another job has its key "lost"/);
    gateOf('lost').open();
    await eventually(async () => await isFree('lost'));
    await job.retry();
    expect(await job.wait()).toBe('again');
  });
});

describe('Q8 interrupts', () => {
  const OTHER = 'interrupted';
  const pauses = defineTask('keyed.pauses', async (name: string) => {
    if (local.fence > 1) return name;
    started.push(name);
    const { signal } = local;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    throw signal.reason;
  });

  it('I1 an interrupted job keeps its key, and the next one waits for its end', async () => {
    const own = context.queue(OTHER);
    const dispatcher = await dispatchers.start(OTHER, RECONCILED);
    const first = await own.put(pauses.job('p'), { key: 'k' });
    await eventually(() => started.includes('p'));
    const second = await own.put(quick.job('q'), { key: 'k', ...AFTER });
    await dispatcher.deactivate();
    expect((await own.put(quick.job('r'), { key: 'k', ...AFTER })).id).toBe(second.id);
    expect((await own.byKey('k'))?.id).toBe(first.id);
    await dispatchers.start(OTHER, RECONCILED);
    expect([await first.wait(), await second.wait()]).toEqual(['p', 'q']);
    expect(await own.byKey('k')).toBeUndefined();
  });
});

it('Q8, B3 an end whose reply is lost hands the key over once', async () => {
  const proxy = await startFaultProxy(context.redisUrl);
  const name = 'lost-end';
  await dispatchers.start(name, { connection: proxy.url });
  const own = context.queue(name);
  for (const kind of ['lose reply', 'lose request'] as const) {
    const first = await putHeld(own, kind);
    const second = await own.put(quick.job(`after ${kind}`), { key: kind, ...AFTER });
    const lost = proxy.next('finish', { kind });
    gateOf(kind).open();
    await lost;
    expect([await first.wait(), await second.wait()]).toEqual([kind, `after ${kind}`]);
    expect(started.filter((one) => one === `after ${kind}`)).toHaveLength(1);
    expect(await own.byKey(kind)).toBeUndefined();
  }
});
