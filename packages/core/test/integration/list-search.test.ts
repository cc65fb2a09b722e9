// `queue.jobs` by outcome, task with `*`, dispatcher, time and text.
import { defineTask, InvalidArgumentError, type Job, type ListOptions } from '@drover/core';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { range, waiting } from './packs-scene.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('list-search');
const { redis, prefix } = context;
const work = defineTask('list-search.work', (value: unknown) => value);
const mail = defineTask('list-search.mail.send', (value: unknown) => value);
const odd = defineTask('list.search[1]', (value: unknown) => value);
const labels = (jobs: readonly Job[]): unknown[] => jobs.map(({ args }) => args[0]);

/** Sets when jobs ended, or were put: so many seconds after the first. */
async function at(queue: string, jobs: readonly Job[], seconds: readonly number[]): Promise<void> {
  for (const [i, { id }] of jobs.entries()) {
    const time = 1_700_000_000_000 + (seconds[i] ?? 0) * 1_000;
    const key = `${prefix}:${queue}:${id}`;
    if (await redis.hexists(key, 'finishedOn')) await redis.hset(key, 'finishedOn', time);
    else await redis.hset(key, 'timestamp', time);
    for (const set of ['completed', 'failed'])
      await redis.zadd(`${prefix}:${queue}:${set}`, 'XX', time, id);
  }
}
const after = (seconds: number): number => 1_700_000_000_000 + seconds * 1_000;

describe('ended jobs', () => {
  const queue = context.queue('ended');
  const found = async (options: ListOptions) => labels(await queue.jobs(options));
  beforeAll(async () => {
    const jobs = await queue.putAll(range(40).map((i) => (i % 2 ? mail : work).job(i)));
    const dispatcher = playDispatcher(context, 'ended');
    for (const i of range(40)) {
      const claim = await dispatcher.claimNow();
      if (i % 3 === 0) await dispatcher.fail(claim, new Error('no'));
      else await dispatcher.complete(claim, i);
    }
    // Several end in the same second.
    await at(
      'ended',
      jobs,
      range(40).map((i) => i - (i % 4)),
    );
    await queue.putAll([work.job('pending'), mail.job('pending mail')]);
  });

  it('J2, J3 failed and succeeded are the outcomes of completed jobs', async () => {
    const failed = await found({ status: 'failed' });
    expect(failed).toHaveLength(14);
    expect(failed.every((i) => Number(i) % 3 === 0)).toBe(true);
    const succeeded = await found({ status: 'succeeded' });
    expect(succeeded).toHaveLength(26);
    const all = await found({ status: 'completed' });
    for (const status of [
      ['failed', 'succeeded'],
      ['completed', 'failed'],
    ] as const)
      expect(await found({ status })).toEqual(all);
    expect([...failed, ...succeeded].sort()).toEqual([...all].sort());
    expect(await found({ status: ['pending', 'failed'] })).toEqual(
      [...failed, ...(await found({}))].sort(
        (a, b) => Number(typeof a === 'number') - Number(typeof b === 'number'),
      ),
    );
  });

  it('J2 each page of completed jobs is that part of the whole list', async () => {
    for (const status of ['completed', 'failed', 'succeeded'] as const) {
      const all = await found({ status });
      for (const start of range(all.length + 2))
        for (const end of [start, start + 3, start + 30])
          expect(await found({ status, start, end })).toEqual(all.slice(start, end + 1));
    }
    expect((await queue.jobs({ status: 'completed' })).map((job) => job.args[0])).toEqual([
      ...(await found({ status: 'completed' })),
    ]);
  });

  it('J2 completed jobs are listed by the time of their end, and pages of them too', async () => {
    const all = await found({ status: 'completed' });
    const between = { since: after(8), until: new Date(after(20)) };
    const some = all.filter((i) => Number(i) >= 8 && Number(i) < 20);
    expect(some).toHaveLength(12);
    expect(await found({ status: 'completed', ...between })).toEqual(some);
    expect(await found({ status: 'completed', ...between, start: 3, end: 6 })).toEqual(
      some.slice(3, 7),
    );
    expect(await found({ status: 'failed', ...between })).toEqual(
      some.filter((i) => Number(i) % 3 === 0),
    );
    expect(await found({ status: 'completed', since: after(20), until: after(20) })).toEqual([]);
    expect(await found({ status: 'completed', since: after(36) })).toEqual(all.slice(0, 4));
    expect(await found({ status: 'completed', until: after(4) })).toEqual(all.slice(-4));
  });

  it('J2 all filters together list what passes each of them', async () => {
    const filter = {
      status: 'failed',
      task: '*.mail.*',
      since: after(8),
      until: after(28),
    } as const;
    expect(await found(filter)).toEqual([27, 21, 15, 9]);
    expect(await found({ ...filter, start: 1, end: 2 })).toEqual([21, 15]);
    expect(await found({ ...filter, text: '[1' })).toEqual([15]);
    expect(await found({ ...filter, lane: 'other' })).toEqual([]);
  });
});

it('Q1 a task is found by its name, in which * stands for any characters', async () => {
  const queue = context.queue('tasks');
  await queue.putAll([work.job(1), mail.job(2), odd.job(3), work.job(4)]);
  const found = async (task: ListOptions['task']) => labels(await queue.jobs({ task }));
  expect(await found('list-search.*')).toEqual([1, 2, 4]);
  expect(await found('*s*')).toEqual([1, 2, 3, 4]);
  expect(await found('list-search.mail*')).toEqual([2]);
  expect(await found('list.search[1]')).toEqual([3]);
  expect(await found('list?search.work')).toEqual([]);
  expect(await found('search')).toEqual([]);
  expect(await found(mail)).toEqual([2]);
});

it('Q1 pending jobs are listed by the time of their put', async () => {
  const queue = context.queue('put-times');
  const jobs = await queue.putAll(range(6).map((i) => work.job(i)));
  await at('put-times', jobs, [0, 10, 20, 30, 40, 50]);
  const found = async (options: ListOptions) => labels(await queue.jobs(options));
  expect(await found({ since: after(10), until: after(40) })).toEqual([1, 2, 3]);
  expect(await found({ since: after(10), until: after(40), start: 2 })).toEqual([3]);
  expect(await found({ since: after(51) })).toEqual([]);
});

it('I4 jobs are listed by the dispatcher that runs them, or ran them last', async () => {
  const queue = context.queue('by-dispatcher');
  await queue.putAll(range(6).map((i) => work.job(i)));
  const [one, other] = [
    playDispatcher(context, 'by-dispatcher'),
    playDispatcher(context, 'by-dispatcher'),
  ];
  await one.complete(await one.claimNow(), 1);
  await other.complete(await other.claimNow(), 1);
  await one.claimNow();
  await other.claimNow();
  const waits = await one.claimNow();
  await one.store.retry(waits, 0, { policyData: {} });
  const found = async (dispatcher: string, status: ListOptions['status']) =>
    labels(await queue.jobs({ dispatcher, status }));
  const all = ['pending', 'active', 'completed'] as const;
  expect(await found(one.uuid, all)).toEqual([2, 4, 0]);
  expect(await found(other.uuid, all)).toEqual([3, 1]);
  expect(await found(one.uuid, 'active')).toEqual([2]);
  expect(await found(newUuid(), all)).toEqual([]);
});

it('J4 jobs are found by a text in their arguments, task or id, however long these are', async () => {
  const queue = context.queue('texts');
  const long = 'x'.repeat(400_000);
  const jobs = await queue.putAll([
    work.job('plain'),
    ...range(5).map((i) => work.job(`${long}needle ${i}`)),
    mail.job({ to: 'Ann "A"', path: 'a.b' }),
  ]);
  const found = async (text: string) =>
    (await queue.jobs({ text })).map(({ id }) => jobs.findIndex((job) => job.id === id));
  expect(await found('needle')).toEqual([1, 2, 3, 4, 5]);
  expect(await found('needle 3')).toEqual([4]);
  expect(await found('mail.send')).toEqual([6]);
  expect(await found('"to":"Ann')).toEqual([6]);
  expect(await found('a.b')).toEqual([6]);
  expect(await found('a%w')).toEqual([]);
  expect(await found('ann')).toEqual([]);
  expect(await found((jobs[0] as Job).id)).toEqual([0]);
});

it('C5 the filters see the parts of packs as they see jobs', async () => {
  const { dispatcher, name, parts } = await waiting(context, 'packs', 70, { around: true });
  const queue = context.queue(name);
  const found = async (options: ListOptions) => labels(await queue.jobs(options));
  const rare = range(7).map((i) => i * 10);
  expect(await found({ task: '*.rare' })).toEqual(['rare before', ...rare, 'rare behind']);
  expect(await found({ text: '[3' })).toEqual([3, ...range(10).map((i) => 30 + i)]);
  expect(await found({ text: (parts[33] as Job).id })).toEqual([33]);
  expect(await found({ since: Date.now() + 3_600_000 })).toEqual([]);
  expect(await found({ until: Date.now() + 3_600_000 })).toHaveLength(75);
  await dispatcher.claimNow();
  await dispatcher.claimNow();
  const [pack] = [await dispatcher.claimPack(), await dispatcher.claimPack()];
  await dispatcher.endPack(pack, range(32));
  const { uuid } = dispatcher;
  expect(await found({ status: 'succeeded', task: '*.rare' })).toEqual([30, 20, 10, 0]);
  expect(await found({ status: 'succeeded', dispatcher: uuid, end: 1 })).toEqual([31, 30]);
  expect(await found({ status: 'failed' })).toEqual([]);
  expect(await found({ status: 'active', dispatcher: uuid, text: '[4' })).toEqual(
    range(10).map((i) => 40 + i),
  );
  const inTime = { since: Date.now() - 60_000, until: Date.now() + 60_000 };
  expect(await found({ status: 'completed', ...inTime })).toHaveLength(32);
  expect(await found({ status: 'completed', until: inTime.since })).toEqual([]);
});

it('C5 the ended steps of a pack under way are listed before jobs that have ended', async () => {
  const { dispatcher, name } = await waiting(context, 'steps', 300, { inOrder: true });
  const queue = context.queue(name);
  const pack = await dispatcher.claimPack();
  for (const position of [1, 2, 3]) await dispatcher.recordStep(pack, position, position);
  const found = async (options: ListOptions) => labels(await queue.jobs(options));
  expect(await found({ status: 'succeeded' })).toEqual([2, 1, 0]);
  expect(await found({ status: 'succeeded', start: 1, end: 1 })).toEqual([1]);
  expect(await found({ status: 'succeeded', task: '*.rare' })).toEqual([0]);
  expect(await found({ status: 'failed' })).toEqual([]);
  expect(await found({ status: 'succeeded', until: Date.now() - 60_000 })).toEqual([]);
});

it.each<[object, RegExp]>([
  [{ status: 'succeed' }, /there is no status "succeed"/],
  [{ status: ['failed', 'waiting'] }, /there is no status "waiting"/],
  [{ dispatcher: 'me' }, /dispatcher must be the UUID of a dispatcher, not "me"/],
  [{ since: 'today' }, /since must be a valid Date, or a number of ms since 1970/],
  [{ until: new Date(NaN) }, /until must be a valid Date/],
  [{ since: Infinity }, /since must be/],
  [{ text: '' }, /text must be a string that is not empty/],
  [{ text: 7 }, /text must be a string/],
  [{ task: '' }, /task must be a task of defineTask, or the name of one/],
])('B2 jobs refuses %j', async (options, message) => {
  const call = context.queue('refused').jobs(options as ListOptions);
  await expect(call).rejects.toThrow(InvalidArgumentError);
  await expect(call).rejects.toThrow(message);
});
