// Callbacks that pick one of two jobs, those of composites, and bad input (J7).
import { parallel, serial } from '@drover/composite';
import {
  BadStatusError,
  defineTask,
  InvalidArgumentError,
  JobStatus,
  type Job,
} from '@drover/core';
import { waitForStatus } from '@drover/core/testing';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from './dispatchers.js';
import { seen, five, fails, waits, note, newGate } from './callback-tasks.js';

const context = testContext('callback-picks');
const dispatchers = dispatchersIn(context);
beforeEach(() => void (seen.length = 0));
const noteFive = defineTask(
  'callbacks.noteFive',
  (prefix: string, result: number) => void seen.push([prefix, result]),
);

describe('J7 addCallbacks', () => {
  it('picks by the result, and gives the result of the pick', async () => {
    const queue = context.queue('picks');
    const good = five.job();
    const bad = fails.job();
    const picks = () => ({ success: note.job('success'), failure: note.job('failure') });
    const [ofGood, ofBad] = [await good.addCallbacks(picks()), await bad.addCallbacks(picks())];
    await queue.putAll<Job>([good, bad]);
    await dispatchers.start('picks', { size: 1 });
    expect(await ofGood.wait()).toBe(50);
    expect(await ofBad.wait()).toBe('RangeError');
    expect(seen).toEqual([
      ['success', 5],
      ['failure', 'RangeError'],
    ]);
  });

  it('passes the result through without a pick, and carries callbacks', async () => {
    const queue = context.queue('passes');
    const good = five.job();
    const bad = fails.job();
    const afterGood = await (
      await good.addCallbacks({ failure: note.job('failure') })
    ).addCallback(note.job('good'));
    const chained = await bad.addCallbacks({ success: noteFive.job('success') });
    const repaired = await chained.addCallbacks({ failure: note.job('repair') });
    const last = await repaired.addCallbacks({ success: note.job('last') });
    await queue.putAll<Job>([good, bad]);
    await dispatchers.start('passes', { size: 1 });
    expect(await afterGood.wait()).toBe(50);
    expect(await last.wait()).toBe('RangeError');
    expect(seen).toEqual([
      ['good', 5],
      ['repair', 'RangeError'],
      ['last', 'RangeError'],
    ]);
    expect(chained.result ?? (await chained.refresh()).result).toMatchObject({
      name: 'RangeError',
    });
  });

  it('lets the picked job be waited for, and leaves the other one new', async () => {
    const queue = context.queue('chosen');
    const success = note.job('success');
    const failure = note.job('failure');
    const job = await queue.put(five.job());
    await job.addCallbacks({ success, failure });
    await dispatchers.start('chosen');
    expect(await success.wait()).toBe(50);
    expect((await failure.refresh()).status).toBe(JobStatus.NEW);
    await expect(queue.put(failure as Job)).rejects.toThrow(BadStatusError);
  });
});

describe('J7 with composites', () => {
  it('parts, postprocess and composite may have callbacks, which run in turn', async () => {
    const queue = context.queue('composite');
    const [a, b] = [five.job(), five.job()];
    await a.addCallback(note.job('a'));
    await b.addCallback(note.job('b'));
    const sum = defineTask('callbacks.sum', (...jobs: Job<number>[]) =>
      jobs.reduce((total, job) => total + Number(job.result), 0),
    );
    const postprocess = sum.job();
    await postprocess.addCallback(note.job('postprocess'));
    const all = serial([a, b], { postprocess });
    const own = await all.addCallback(note.job('composite'));
    await queue.put(all);
    await dispatchers.start('composite');
    expect(await all.wait()).toBe(10);
    expect(seen).toEqual([
      ['a', 5],
      ['b', 5],
      ['postprocess', 10],
      ['composite', 10],
    ]);
    expect(await own.wait()).toBe(100);
  });

  it('a part may get a callback before its composite begins', async () => {
    const queue = context.queue('early-part');
    const all = await queue.put(parallel([five.job(), five.job()]));
    const callback = await (all.jobs[1] as Job<number>).addCallback(note.job('early'));
    await dispatchers.start('early-part');
    expect(await callback.wait()).toBe(50);
    expect(await all.wait()).toEqual([5, 5]);
  });

  it('a composite may be a callback', async () => {
    const queue = context.queue('composite-callback');
    const job = five.job();
    const callback = await job.addCallback(parallel([five.job(), five.job()]));
    await queue.put(job);
    await dispatchers.start('composite-callback', { size: 1 });
    expect(await job.wait()).toBe(5);
    expect((await callback.refresh()).result).toEqual([5, 5]);
  });

  it('a composite may get a callback while it waits for its parts', async () => {
    const queue = context.queue('waiting-composite');
    const open = newGate('part');
    const all = await queue.put(parallel([waits.job('part')]));
    await dispatchers.start('waiting-composite');
    await waitForStatus(all.jobs[0] as Job, JobStatus.ACTIVE);
    const callback = await all.addCallback(note.job('all'));
    open.open();
    expect(await all.wait()).toEqual(['part']);
    await callback.wait();
    expect(seen).toEqual([['all', ['part']]]);
  });
});

describe('J7 bad input', () => {
  it('is refused, and nothing changes', async () => {
    const queue = context.queue('bad-input');
    const job = five.job();
    await expect(job.addCallback({} as never)).rejects.toThrow(InvalidArgumentError);
    await expect(job.addCallback(job as never)).rejects.toThrow('cannot be its own callback');
    await expect(job.addCallbacks({ sucess: five.job() } as never)).rejects.toThrow('not "sucess"');
    const same = five.job();
    await expect(job.addCallbacks({ success: same, failure: same })).rejects.toThrow(
      InvalidArgumentError,
    );
    const callback = await job.addCallback(note.job('once'));
    await expect(five.job().addCallback(callback as never)).rejects.toThrow(BadStatusError);
    await expect(queue.put(callback as Job)).rejects.toThrow(
      'is a callback of another job already',
    );
    const put = await queue.put(five.job());
    await expect(job.addCallback(put)).rejects.toThrow('was put already');
    await queue.remove(put);
    await expect(put.addCallback(note.job('gone'))).rejects.toThrow('is not stored');
  });

  it('Q3 a removed job takes its callbacks with it', async () => {
    const queue = context.queue('removed');
    const job = five.job();
    const callback = await job.addCallback(note.job('never'));
    const inner = await callback.addCallback(note.job('never'));
    await queue.put(job);
    await expect(queue.remove(callback)).rejects.toThrow(BadStatusError);
    await queue.remove(job);
    for (const one of [job, callback, inner]) expect(await queue.get(one.id)).toBeUndefined();
  });
});
