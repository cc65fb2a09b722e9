// A part is cancelled by itself: its composite gets the CancelledError as its result (O1).
import { CancelledError, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { gather, give, startDispatcher } from './dispatchers.js';
import {
  both,
  started,
  signals,
  got,
  noted,
  notes,
  heeds,
  expectCancelled,
  expectNothingLeft,
} from './cancelled-tasks.js';

const context = testContext('cancel-part');
beforeEach(() => {
  for (const list of [started, signals, got]) list.splice(0);
});

describe('a single part', () => {
  it.each(both)(
    'O1, C2 in %s a cancelled part that waits is data for the postprocess',
    async (name, compose) => {
      const dispatcher = await startDispatcher(context, `part-${name}`, 1);
      const parts = [heeds.job('a'), noted.job('b'), noted.job('c'), noted.job('d')] as const;
      const job = compose(parts as readonly Job[], { postprocess: gather.job() as Job });
      const begun = hasStarted(dispatcher, parts[0]);
      await context.queue(`part-${name}`).put(job);
      await begun;
      await parts[2].cancel('c only');
      await parts[0].cancel('a only');
      await expectCancelled('a only', parts[0]);
      await expectCancelled('c only', parts[2]);
      expect(await job.wait()).toEqual([
        ['cancel.heeds', 'completed', 'CancelledError: a only'],
        ['cancel.noted', 'completed', undefined],
        ['cancel.noted', 'completed', 'CancelledError: c only'],
        ['cancel.noted', 'completed', undefined],
      ]);
      expect(started).toEqual(['a', 'b', 'd']);
      await expectNothingLeft(context, `part-${name}`);
    },
  );

  it("O1, C2 with onFailure 'stop' a cancelled part stops the composite", async () => {
    const dispatcher = await startDispatcher(context, 'stops', 2);
    const parts = [heeds.job('a'), noted.job('b').with({ lane: 'nobody' })] as const;
    const job = parallel(parts as readonly Job[], { onFailure: 'stop' });
    const begun = hasStarted(dispatcher, parts[0]);
    await context.queue('stops').put(job);
    await begun;
    await parts[1].cancel('stop');
    await expectCancelled('stop', job, parts[1]);
    await parts[0].cancel('too');
    await expectCancelled('too', parts[0]);
    expect(started).toEqual(['a']);
    await expectNothingLeft(context, 'stops');
  });

  it('O1 a postprocess cancelled before its turn lets the parts run, then fails all', async () => {
    const dispatcher = await startDispatcher(context, 'postprocess', 1);
    const parts = [heeds.job('a'), noted.job('b')] as const;
    const postprocess = notes.job();
    const job = parallel(parts as readonly Job[], { postprocess: postprocess as Job });
    const begun = hasStarted(dispatcher, parts[0]);
    await context.queue('postprocess').put(job);
    await begun;
    await postprocess.cancel('no post');
    await parts[0].cancel('a');
    await expectCancelled('no post', job, postprocess);
    expect(started).toEqual(['a', 'b']);
  });

  it('O1 a part and its composites that are cancelled in parallel all end', async () => {
    const dispatcher = await startDispatcher(context, 'races', 4);
    const queue = context.queue('races');
    for (let i = 0; i < 20; i++) {
      const inner = serial([heeds.job('a'), noted.job('b')] as Job[]);
      const [first] = inner.jobs as [Job];
      const job = parallel([inner, noted.job('c')] as Job[]);
      const begun = hasStarted(dispatcher, first);
      await queue.put(job);
      await begun;
      await Promise.all([inner.cancel('inner'), job.cancel('outer'), first.cancel('part')]);
      await expectCancelled('outer', job);
      for (const one of [inner, ...inner.jobs])
        await expect(one.wait({ timeout: 10_000 })).rejects.toMatchObject({
          name: CancelledError.name,
        });
    }
    expect(started).not.toContain('b');
    await expectNothingLeft(context, 'races');
  });

  it('O1 a cancel that races with the end of a composite gives one of the two ends', async () => {
    await startDispatcher(context, 'ends', 4);
    const queue = context.queue('ends');
    const ends = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const job = await queue.put(
        parallel([give.job(1), serial([give.job(2), give.job(3)])], {
          postprocess: gather.job() as Job,
        }),
      );
      for (let turn = 0; turn < i % 12; turn++) await context.redis.ping();
      const said = await job.cancel('race').then(
        () => 'cancelled',
        () => 'refused',
      );
      const end = await job.wait({ timeout: 10_000 }).then(
        () => 'value',
        (error: Error) => error.name,
      );
      ends.add(`${said}: ${end}`);
      expect(['cancelled: CancelledError', 'refused: value']).toContain(`${said}: ${end}`);
    }
    expect(ends).toContain('cancelled: CancelledError');
    await expectNothingLeft(context, 'ends');
  });
});
