// Cancelling composites with all their children (O1).
import { defineTask, JobStatus, type Job } from '@drover/core';
import { waitForStatus } from '@drover/core/testing';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { give, startDispatcher } from './dispatchers.js';
import {
  both,
  started,
  signals,
  got,
  noted,
  notes,
  heeds,
  gets,
  expectCancelled,
  expectNothingLeft,
} from './cancelled-tasks.js';

const context = testContext('composite-cancel');
beforeEach(() => {
  for (const list of [started, signals, got]) list.splice(0);
});

it('O1 a cancelled parallel keeps results, aborts running and drops pending parts', async () => {
  const dispatcher = await startDispatcher(context, 'side-by-side', 2);
  const queue = context.queue('side-by-side');
  const parts = [
    give.job('done'),
    heeds.job('a'),
    heeds.job('b'),
    noted.job('c'),
    noted.job('d'),
  ] as const;
  const postprocess = notes.job();
  const job = parallel(parts as readonly Job[], { postprocess: postprocess as Job });
  await parts[3].addCallback(gets.job('part') as Job);
  await job.addCallback(gets.job('whole') as Job);
  const begun = Promise.all([hasStarted(dispatcher, parts[1]), hasStarted(dispatcher, parts[2])]);
  await queue.put(job);
  await begun;
  await parts[0].wait();
  await job.cancel('all of it');
  await expectCancelled('all of it', job, ...parts.slice(1), postprocess);
  expect(await parts[0].wait()).toBe('done');
  await eventually(() => signals.length === 2);
  expect(signals.sort()).toEqual(['a: all of it', 'b: all of it']);
  expect(started.sort()).toEqual(['a', 'b']);
  await eventually(() => got.length === 2);
  expect(got.sort()).toEqual([
    ['part', 'all of it'],
    ['whole', 'all of it'],
  ]);
  await expectNothingLeft(context, 'side-by-side');
});

it('O1 a cancelled serial aborts its running part and starts no later job', async () => {
  const dispatcher = await startDispatcher(context, 'in-a-row');
  const parts = [give.job('done'), heeds.job('a'), noted.job('b'), noted.job('c')] as const;
  const postprocess = notes.job();
  const job = serial(parts as readonly Job[], { postprocess: postprocess as Job });
  const begun = hasStarted(dispatcher, parts[1]);
  await context.queue('in-a-row').put(job);
  await begun;
  await job.cancel('row');
  await expectCancelled('row', job, ...parts.slice(1), postprocess);
  expect(await parts[0].wait()).toBe('done');
  expect(started).toEqual(['a']);
  await expectNothingLeft(context, 'in-a-row');
});

it('O1 a running postprocess is aborted, and finished parts keep their results', async () => {
  const dispatcher = await startDispatcher(context, 'post');
  const postprocess = heeds.job('post');
  const job = parallel([give.job(1), give.job(2)], { postprocess: postprocess as Job });
  const begun = hasStarted(dispatcher, postprocess);
  await context.queue('post').put(job);
  await begun;
  await job.cancel('late');
  await expectCancelled('late', job, postprocess);
  expect(await Promise.all(job.jobs.map((part) => part.wait()))).toEqual([1, 2]);
  await expectNothingLeft(context, 'post');
});

it.each(both)(
  'O1 a composite with others nested in %s, in other lanes, is cancelled whole',
  async (name, compose) => {
    const dispatcher = await startDispatcher(context, `nested-${name}`, 20);
    const queue = context.queue(`nested-${name}`);
    const deep = heeds.job('deep');
    const returns = defineTask(`cancel.returns-${name}`, () => deep);
    const inner = compose([serial([returns.job(), noted.job('x')]), noted.job('y')] as Job[]);
    const lane = noted.job('lane').with({ lane: 'nobody' });
    const later = noted.job('later').with({ beginAfter: 3_600_000 });
    const top = parallel([inner, lane, later] as Job[], {
      postprocess: serial([noted.job('p')]) as Job,
    });
    const begun = hasStarted(dispatcher, deep);
    await queue.put(top);
    await begun;
    if (name === 'parallel') await eventually(() => started.includes('y'));
    await top.cancel('tree');
    const stored = await queue.get(deep.id);
    await expectCancelled('tree', top, inner, lane, later, stored as Job, top.postprocess as Job);
    await eventually(() => signals.length === 1);
    expect(started.filter((one) => one !== 'y')).toEqual(['deep']);
    await expectNothingLeft(context, `nested-${name}`);
  },
);

it('O1 a pending composite is cancelled without storing its parts', async () => {
  const queue = context.queue('pending');
  const job = await queue.put(parallel([noted.job('a')]));
  await expect(job.jobs[0].cancel()).rejects.toThrow(
    'is not stored: it was removed, or has not begun',
  );
  await job.cancel('early');
  await startDispatcher(context, 'pending');
  await expectCancelled('early', job);
  expect(await queue.get(job.jobs[0].id)).toBeUndefined();
  expect(started).toEqual([]);
});

it('O1 composites with more parts than one chunk are cancelled whole', async () => {
  const dispatcher = await startDispatcher(context, 'large', 1);
  const first = heeds.job('first');
  const job = parallel(
    [first, ...Array.from({ length: 1_200 }, (_, i) => noted.job(`${i}`))] as Job[],
    {
      postprocess: notes.job() as Job,
    },
  );
  const begun = hasStarted(dispatcher, first);
  await context.queue('large').put(job);
  await begun;
  await waitForStatus(job, JobStatus.ACTIVE);
  await eventually(
    async () =>
      (await context.redis.zscore(`${context.prefix}:large:waiting-children`, job.id)) !== null,
  );
  await job.cancel('many');
  await expectCancelled(
    'many',
    job,
    job.jobs[1] as Job,
    job.jobs[1_200] as Job,
    job.postprocess as Job,
  );
  // The slot of the first part may claim some others before their chunk is cancelled.
  expect(started.length).toBeLessThan(10);
  const { length } = await context.queue('large').jobs({ status: 'completed', end: 3_000 });
  // The parts, the postprocess, the composite, and the job `drover.cancel`.
  expect(length).toBe(1_201 + 3);
  await expectNothingLeft(context, 'large');
});

it('O1 a composite that is scheduling is cancelled with the children it has', async () => {
  const dispatcher = await startDispatcher(context, 'scheduling');
  const queue = context.queue('scheduling');
  for (let i = 0; i < 10; i++) {
    const parts = Array.from({ length: 1_200 }, () =>
      noted.job('scheduled').with({ lane: 'nobody' }),
    );
    const job = parallel(parts as Job[]);
    const begun = hasStarted(dispatcher, job);
    await queue.put(job);
    await begun;
    await job.cancel('scheduling');
    await expectCancelled('scheduling', job);
  }
  expect(started).toEqual([]);
  await expectNothingLeft(context, 'scheduling');
});

it('O1, J5 a shared dependency goes on, and ends when all dependents are cancelled', async () => {
  const dispatcher = await startDispatcher(context, 'shared');
  const queue = context.queue('shared');
  for (const isSame of [false, true]) {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    const shared = defineTask(`cancel.shared-${isSame}`, () => opened.then(() => 'shared')).job();
    const returns = defineTask(`cancel.shares-${isSame}`, () => shared);
    const begun = hasStarted(dispatcher, shared);
    await queue.put(shared);
    await begun;
    const [first, second] = [returns.job(), returns.job()];
    const tops: Job[] = await queue.putAll(
      (isSame ? [parallel([first, second])] : [first, second]) as Job[],
    );
    await eventually(
      async () =>
        ((await context.redis.hget(`${context.prefix}:shared:${shared.id}`, 'dependents')) ??
          '') !== '',
    );
    const suspended = isSame ? 3 : 2;
    await eventually(
      async () =>
        (await context.redis.zcard(`${context.prefix}:shared:waiting-children`)) === suspended,
    );
    await tops[0]?.cancel('one');
    await expectCancelled('one', tops[0] as Job, first);
    if (isSame) await expectCancelled('one', second, shared);
    open();
    if (!isSame)
      expect(await Promise.all([second.wait(), shared.wait()])).toEqual(['shared', 'shared']);
  }
  await expectNothingLeft(context, 'shared');
});

it('O1, J7, J9 a cancelled composite with callbacks keeps its parts when it ends', async () => {
  const name = 'keeps-parts';
  const dispatcher = await startDispatcher(context, name, 2);
  const parts = [heeds.job('a'), noted.job('b')] as const;
  const job = serial(parts as readonly Job[], { onFailure: 'stop' });
  const callback = await job.addCallback(gets.job('whole') as Job);
  const begun = hasStarted(dispatcher, parts[0]);
  await context.queue(name).put(job);
  await begun;
  await job.cancel('all');
  await expectCancelled('all', job, ...parts);
  expect((await callback.refresh()).status).toBe('completed');
  for (const part of parts) {
    const key = `${context.prefix}:${name}:${part.id}`;
    expect(await context.redis.hmget(key, 'parentKey', 'partOf')).toEqual([
      expect.any(String),
      null,
    ]);
  }
});
