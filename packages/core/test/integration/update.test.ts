// A job that is pending, or whose turn has not come, can be changed: all options but its lane and
// its key (Q12). For the place that it has then see update-place.test.ts.
import { BadStatusError, defineTask, InvalidArgumentError, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { packsIn } from '../../../../test/kit/packs.js';
import { labelsOf } from './packs-scene.js';
import { playPacks } from './packed.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('update');
const { redis, prefix } = context;
const work = defineTask('update.work', (...values: unknown[]) => values);
const HOUR = 3_600_000;

describe('options', () => {
  it('Q12 those that are given change, null removes one, and all others stay as they are', async () => {
    const queue = context.queue('options');
    await queue.quotas.create('disk');
    const meta = { none: [], long: 12345678901234567, text: '"meta":{' };
    const given = { meta, timeout: 5_000, retryPolicy: 'mine', beginBy: HOUR, quotas: ['disk'] };
    const job = await queue.put(work.job(1), given);
    expect(await job.update({ timeout: 7_000, beginBy: null, quotas: null })).toBe(job);
    const changed = { meta, timeout: 7_000, retryPolicy: 'mine' };
    expect(job.options).toEqual(changed);
    expect((await queue.get(job.id))?.options).toEqual(changed);
    await job.update({ meta: { tenant: 'a' }, args: [2] });
    const read = await queue.get(job.id);
    expect([read?.meta, read?.args, read?.options.timeout]).toEqual([{ tenant: 'a' }, [2], 7_000]);
  });

  it('Q12 a handle that has not seen the last change keeps that', async () => {
    const queue = context.queue('unseen');
    const job = await queue.put(work.job(1));
    const other = (await queue.get(job.id)) as Job;
    await other.update({ timeout: 7_000 });
    await job.update({ failureLogLevel: 'warn' });
    expect(job.options).toEqual({ timeout: 7_000, failureLogLevel: 'warn' });
    // Of two changes at the same time none is lost.
    await Promise.all([job.update({ timeout: 1 }), other.update({ retryPolicy: 'mine' })]);
    expect((await job.refresh()).options).toEqual({
      timeout: 1,
      failureLogLevel: 'warn',
      retryPolicy: 'mine',
    });
  });

  it('Q12 a new job is put with its latest options', async () => {
    const job = work.job(1).with({ timeout: 5, beginAfter: HOUR });
    await job.update({ beginAfter: null, args: [2], failureLogLevel: 'info' });
    await context.queue('new').put(job);
    expect(job.options).toEqual({ timeout: 5, failureLogLevel: 'info' });
    expect((await playDispatcher(context, 'new').claimNow()).args).toBe('[2]');
  });

  it('Q8, Q12 a job keeps its key and its lane', async () => {
    const queue = context.queue('key');
    const job = await queue.put(work.job(1), { key: 'a', lane: 'slow', until: 'removed' });
    await job.update({ beginAfter: HOUR });
    await job.update({ beginAfter: 0, timeout: 5 });
    expect((await queue.byKey('a'))?.options).toEqual({
      key: 'a',
      lane: 'slow',
      until: 'removed',
      beginAfter: 0,
      timeout: 5,
    });
    for (const [name, value] of [
      ['key', 'b'],
      ['lane', 'b'],
      ['until', 5],
      ['whenTaken', 'keep'],
    ])
      await expect(job.update({ [String(name)]: value })).rejects.toThrow(
        `update has no option "${name}": `,
      );
  });

  it('B2 a wrong change is named, and nothing is changed', async () => {
    const queue = context.queue('wrong');
    const job = await queue.put(work.job(1));
    const wrong: [object, string][] = [
      [{}, 'update needs a change'],
      [{ timeout: undefined }, 'update needs a change'],
      [{ delay: 5 }, 'update has no option "delay": use beginAfter'],
      [{ delay: null }, 'update has no option "delay": use beginAfter'],
      [{ beginAfter: -5 }, 'beginAfter must be'],
      [{ args: [2], quotas: ['none'] }, 'has no quota "none"'],
      [{ args: [() => {}], timeout: 5 }, 'args[0]'],
    ];
    for (const [change, why] of wrong) await expect(job.update(change)).rejects.toThrow(why);
    await expect(job.update({ timeout: -1 })).rejects.toThrow(InvalidArgumentError);
    expect([job.args, job.options]).toEqual([[1], {}]);
    const read = await queue.get(job.id);
    expect([read?.args, read?.options]).toEqual([[1], {}]);
  });
});

describe('parts', () => {
  it('Q12 a part that is packed becomes a job of its own, and has the change', async () => {
    const queue = context.queue('packed');
    const parts = Array.from({ length: 8 }, (_, i) => work.job(i));
    await queue.put(parallel(parts));
    const dispatcher = playPacks(context, 'packed');
    await dispatcher.suspend(await dispatcher.claimNow(), parts);
    const part = parts[3] as Job;
    const handle = (await queue.get(part.id)) as Job;
    await handle.update({ args: ['changed'], timeout: 5, beginAfter: HOUR });
    expect(await packsIn(context, 'packed')).toEqual([]);
    expect(labelsOf(await queue.jobs())).toEqual([0, 1, 2, 4, 5, 6, 7, 'changed']);
    expect((await queue.get(part.id))?.options).toMatchObject({ timeout: 5 });
    // With a handle that was never read.
    await part.update({ beginAfter: 0 });
    expect(part.options).toMatchObject({ timeout: 5, beginAfter: 0 });
    expect((await queue.get(part.id))?.args).toEqual(['changed']);
  });

  it('Q12 a part that runs in a pack, or has ended in it, is refused, and stays packed', async () => {
    const queue = context.queue('packed-runs');
    const parts = Array.from({ length: 8 }, (_, i) => work.job(i));
    await queue.put(parallel(parts));
    const dispatcher = playPacks(context, 'packed-runs');
    await dispatcher.suspend(await dispatcher.claimNow(), parts);
    const pack = await dispatcher.claimPack();
    await expect(parts[0]?.update({ timeout: 5 })).rejects.toThrow(/is active: a job can/);
    await dispatcher.endPack(pack, parts);
    await expect(parts[0]?.update({ timeout: 5 })).rejects.toThrow(/is completed: a job can/);
    expect(await packsIn(context, 'packed-runs')).toHaveLength(1);
  });

  it('Q12 a later step of a serial is changed, and one that runs is not', async () => {
    const queue = context.queue('steps');
    const parts = Array.from({ length: 8 }, (_, i) => work.job(i));
    await queue.put(serial(parts));
    const dispatcher = playPacks(context, 'steps');
    await dispatcher.suspend(await dispatcher.claimNow(), parts, { inOrder: true });
    const [first, second, third] = parts as [Job, Job, Job];
    await second.update({ args: ['changed'], timeout: 5 });
    await third.update({ beginAfter: HOUR });
    expect(await queue.counts()).toMatchObject({ due: 1, delayed: 0 });
    const claim = await dispatcher.claimNow();
    await expect(first.update({ timeout: 5 })).rejects.toThrow(/is active/);
    await dispatcher.complete(claim, 1);
    const next = await dispatcher.claimNow();
    expect([next.id, next.args, next.options.timeout]).toEqual([second.id, '["changed"]', 5]);
    await dispatcher.complete(next, 1);
    expect((await third.refresh()).options.beginAfter).toBeGreaterThan(Date.now());
  });
});

describe('J2, Q12 refusals', () => {
  it('a job that waits for others, has ended, is gone or is cancelled is refused', async () => {
    const queue = context.queue('refused');
    const refused = async (job: Job, why: string) => {
      await expect(job.update({ timeout: 5 })).rejects.toThrow(BadStatusError);
      await expect(job.update({ timeout: 5 })).rejects.toThrow(why);
      expect(job.options).toEqual({});
    };
    const parts = [work.job(1), work.job(2)] as [Job, Job];
    const composite = serial(parts) as Job;
    await queue.put(composite);
    const dispatcher = playPacks(context, 'refused');
    await dispatcher.suspend(await dispatcher.claimNow(), parts, { inOrder: true });
    await refused(composite, 'is active: a job can be changed while it is pending');
    await parts[1].cancel();
    await refused(parts[1], 'was cancelled or stopped, and ends when its turn comes');
    const gone = await queue.put(work.job(1));
    await queue.remove(gone);
    await refused(gone, 'is not stored');
  });

  it('a dead letter and a job with damaged options are refused', async () => {
    const queue = context.queue('aside');
    const job = await queue.put(work.job(1));
    await redis.hset(`${prefix}:aside:${job.id}`, 'opts', '{');
    await expect(job.update({ timeout: 5 })).rejects.toThrow('has damaged options');
    await redis.hset(`${prefix}:aside:${job.id}`, 'opts', '{}');
    await redis.hset(`${prefix}:aside:dead-letters`, job.id, '{}');
    await expect(job.update({ timeout: 5 })).rejects.toThrow('is a dead letter: retry it first');
  });
});
