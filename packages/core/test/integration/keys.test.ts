// A key stands for one job of its queue: a put where another job has it (Q8).
import {
  BadStatusError,
  defineTask,
  InvalidArgumentError,
  type Job,
  type PutOptions,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';

const context = testContext('keys');
const task = defineTask('keys.task', (value: unknown) => value);
const other = defineTask('keys.other', (value: unknown) => value);

const entries = (queue: string, hash = 'keys') =>
  context.redis.hgetall(`${context.prefix}:${queue}:${hash}`);

describe('Q8 a put whose key is taken', () => {
  it('keep gives the job that has the key, and stores nothing', async () => {
    const queue = context.queue('keep');
    const first = await queue.put(task.job(1), { key: 'k' });
    const job = task.job(2);
    const second = await queue.put(job, { key: 'k' });
    expect([first.wasThere, second.wasThere, second.id]).toEqual([false, true, first.id]);
    expect([second.args, second.status, job.status]).toEqual([[1], 'pending', 'new']);
    expect(await queue.length()).toBe(1);
    expect(await entries('keep')).toEqual({ k: `${context.prefix}:keep:${first.id}` });
    // The job that was not stored is new, and can be put.
    expect((await queue.put(job)).id).toBe(job.id);
  });

  it('another key, and the same key of another queue, are free', async () => {
    const queue = context.queue('free');
    const jobs = [
      await queue.put(task.job(1), { key: 'a' }),
      await queue.put(task.job(2), { key: 'b' }),
      await context.queue('free-too').put(task.job(3), { key: 'a' }),
      await queue.put(task.job(4)),
    ];
    expect(jobs.map((job) => job.wasThere)).toEqual([false, false, false, false]);
    expect(await queue.length()).toBe(3);
  });

  it('jobs of other lanes have the key too', async () => {
    const queue = context.queue('lanes');
    const first = await queue.put(task.job(1), { key: 'k', lane: 'slow' });
    const second = await queue.put(task.job(2), { key: 'k' });
    expect([second.id, second.wasThere]).toEqual([first.id, true]);
    expect((await queue.byKey('k'))?.id).toBe(first.id);
    await queue.remove(second);
    expect((await queue.put(task.job(3), { key: 'k' })).wasThere).toBe(false);
  });

  it('refuse throws, and stores no job of the call', async () => {
    const queue = context.queue('refuse');
    const first = await queue.put(task.job(1), { key: 'k' });
    const put = queue.putAll([
      task.job(2),
      task.job(3).with({ key: 'k', whenTaken: 'refuse' }),
    ] as Job[] as never);
    await expect(put).rejects.toThrow(`job ${first.id} in lane main has its key "k"`);
    await expect(put).rejects.toThrow(BadStatusError);
    expect(await queue.length()).toBe(1);
    const twice = ['x', 'y'].map((value) =>
      task.job(value).with({ key: 'n', whenTaken: 'refuse' }),
    );
    await expect(queue.putAll(twice as never)).rejects.toThrow(/has its key "n"/);
    expect(await queue.length()).toBe(1);
  });

  it('replace gives a pending job the arguments, options and times of the put', async () => {
    const queue = context.queue('replace');
    const [before, first, after] = await queue.putAll([
      task.job('before'),
      task.job('old').with({ key: 'k' }),
      task.job('after'),
    ] as Job[] as never[]);
    const options = { key: 'k', whenTaken: 'replace', failureLogLevel: 'fatal' } as const;
    const second = await queue.put(task.job('new'), options);
    expect([second.id, second.wasThere, second.args]).toEqual([
      (first as unknown as Job).id,
      true,
      ['new'],
    ]);
    expect(second.options.failureLogLevel).toBe('fatal');
    const ids = (await queue.jobs()).map((job) => job.id);
    expect(ids).toEqual([before, first, after].map((job) => (job as unknown as Job).id));
  });

  it('replace moves a job between the due and the delayed ones, and between quotas', async () => {
    const queue = context.queue('moves');
    await queue.quotas.create('disk', 1);
    const put = async (options: PutOptions) =>
      await queue.put(task.job(1), { key: 'k', whenTaken: 'replace', ...options });
    const ordered = async () => (await queue.jobs()).map((job) => job.options);
    const { id } = await put({});
    await put({ beginAfter: 60_000, beginBy: 1_000 });
    expect(await ordered()).toMatchObject([{ beginBy: 1_000 }]);
    expect(await context.redis.zscore(`${context.prefix}:moves:delayed`, id)).not.toBeNull();
    expect(await context.redis.zrange(`${context.prefix}:moves:begin-by`, '0', '-1')).toContain(
      `main/${id}`,
    );
    await put({ quotas: ['disk'] });
    expect(await ordered()).toMatchObject([{ quotas: ['disk'] }]);
    const coming = `${context.prefix}:moves:quota:disk:coming:moves`;
    expect(await context.redis.zrange(coming, '0', '-1')).toEqual([id]);
    await put({});
    expect(await context.redis.zrange(coming, '0', '-1')).toEqual([]);
    expect(await ordered()).toMatchObject([{ key: 'k' }]);
    expect(await queue.length()).toBe(1);
  });

  it('replace is refused for a job of another task', async () => {
    const queue = context.queue('other-task');
    await queue.put(task.job(1), { key: 'k' });
    const put = queue.put(other.job(2), { key: 'k', whenTaken: 'replace' });
    await expect(put).rejects.toThrow(InvalidArgumentError);
    await expect(put).rejects.toThrow(/of another task/);
    expect((await queue.byKey('k'))?.args).toEqual([1]);
  });

  it('replace stores long arguments', async () => {
    const queue = context.queue('long');
    const long = 'x'.repeat(300_000);
    await queue.put(task.job(1), { key: 'k' });
    const put = await queue.put(task.job(long), { key: 'k', whenTaken: 'replace' });
    expect(put.args).toEqual([long]);
  });

  it('after is kept while the job that has the key has not begun', async () => {
    const queue = context.queue('not-begun');
    const first = await queue.put(task.job(1), { key: 'k' });
    const second = await queue.put(task.job(2), { key: 'k', whenTaken: 'after' });
    expect([second.id, second.wasThere]).toEqual([first.id, true]);
  });

  it('within one putAll the first job has the key', async () => {
    const queue = context.queue('one-call');
    const jobs = (await queue.putAll(
      [1, 2, 3].map((value) => task.job(value).with({ key: 'k' })) as never[],
    )) as Job[];
    expect(jobs.map((job) => [job.wasThere, job.id === jobs[0]?.id])).toEqual([
      [false, true],
      [true, true],
      [true, true],
    ]);
    expect(await queue.length()).toBe(1);
  });
});

describe('Q8 a key is free again', () => {
  it('when its job is removed or pulled, which may be put again with its key', async () => {
    const queue = context.queue('removed');
    for (const until of ['completed', 'removed', 60_000] as const) {
      await queue.put(task.job(1), { key: 'k', until });
      const pulled = (await queue.pull(0)) as Job;
      expect(await queue.byKey('k')).toBeUndefined();
      expect(await entries('removed')).toEqual({});
      const again = await queue.put(pulled as never);
      expect((await queue.byKey('k'))?.id).toBe((again as Job).id);
      expect((await queue.put(task.job(2), { key: 'k' })).wasThere).toBe(true);
      await queue.remove(again);
    }
  });

  it('Q2 so many ms after the put, by the clock of Redis', async () => {
    const queue = context.queue('ms');
    const first = await queue.put(task.job(1), { key: 'k', until: 400 });
    const second = await queue.put(task.job(2), { key: 'k', until: 400 });
    expect(second.wasThere).toBe(true);
    await eventually(async () => (await queue.byKey('k')) === undefined);
    const third = await queue.put(task.job(3), { key: 'k', until: 60_000 });
    expect([third.wasThere, await queue.length()]).toEqual([false, 2]);
    // The removal of the former job leaves the key to the later one.
    await queue.remove(first);
    expect((await queue.byKey('k'))?.id).toBe(third.id);
  });

  it('O6 when another program has removed its job', async () => {
    const queue = context.queue('gone');
    const { id } = await queue.put(task.job(1), { key: 'k', until: 'removed' });
    await context.redis.del(`${context.prefix}:gone:${id}`);
    await context.redis.lrem(`${context.prefix}:gone:wait`, 0, id);
    expect(await queue.byKey('k')).toBeUndefined();
    expect((await queue.put(task.job(2), { key: 'k' })).wasThere).toBe(false);
  });
});

describe('Q8 bad options', () => {
  const bad: [string, PutOptions][] = [
    ['an empty key', { key: '' }],
    ['a key that is no text', { key: 5 as never }],
    ['a long key', { key: 'x'.repeat(1_001) }],
    ['whenTaken', { key: 'k', whenTaken: 'maybe' as never }],
    ['until', { key: 'k', until: 'tomorrow' as never }],
    ['a negative until', { key: 'k', until: -1 }],
    ['whenTaken without a key', { whenTaken: 'keep' }],
    ['until without a key', { until: 5 }],
  ];
  it.each(bad)('%s is an InvalidArgumentError', async (_, options) => {
    const queue = context.queue('bad');
    await expect(queue.put(task.job(1), options)).rejects.toThrow(InvalidArgumentError);
    expect(await queue.length()).toBe(0);
  });

  it('one key for several jobs, and a callback with a key, are refused', async () => {
    const queue = context.queue('bad');
    const both = [task.job(1), task.job(2)] as never[];
    await expect(queue.putAll(both, { key: 'k' })).rejects.toThrow(/is the key of one job/);
    const job = task.job(1);
    await expect(job.addCallback(task.job(2).with({ key: 'k' }) as never)).rejects.toThrow(
      /is a callback and cannot have a key/,
    );
    const late = task.job(3) as Job;
    await job.addCallback(late);
    late.with({ key: 'k' });
    await expect(queue.put(job)).rejects.toThrow(/is a callback and cannot have a key/);
    await expect(queue.byKey(7 as never)).rejects.toThrow(InvalidArgumentError);
  });
});
