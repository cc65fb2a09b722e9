// Setting, reading and changing schedules (Q10).
import { serial } from '@drover/composite';
import { Queue, type ScheduleOptions } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { disturbed } from './counted-tasks.js';
import { dispatchersIn } from './dispatchers.js';
import { DAY, nightly, note, schedulesIn } from './schedules-scene.js';

const context = testContext('schedules-set');
const { prefix } = context;
const dispatchers = dispatchersIn(context);
const { havePut, redisNow, standAt } = schedulesIn(context);

it('Q10 a schedule is told as it was set, by name', async () => {
  const { schedules } = context.queue('told');
  const job = note.job(1).with({ lane: 'slow' });
  await schedules.set('nightly', nightly, job, { overlap: 'skip', missed: 'all' });
  await schedules.set('often', { every: 60_000 }, note.job(2));
  const [first, second] = await schedules.list();
  expect(first).toEqual({
    name: 'nightly',
    ...nightly,
    ...{ task: 'schedules.note', lane: 'slow', overlap: 'skip', missed: 'all' },
    ...{ paused: false, skipped: 0, next: expect.any(Number) as number },
  });
  const hour = new Date(first?.next ?? 0).toLocaleString('en', {
    ...{ timeZone: 'Europe/Berlin', hour: '2-digit', minute: '2-digit', hour12: false },
  });
  expect(hour).toBe('03:00');
  expect(second).toMatchObject({ every: 60_000, overlap: 'allow', missed: 'latest', lane: 'main' });
  expect(await schedules.get('often')).toEqual(second);
  expect(await schedules.get('other')).toBeUndefined();
  await schedules.remove('nightly');
  expect((await schedules.list()).map(({ name }) => name)).toEqual(['often']);
});

it.each([3, -3])('Q10, Q2 a producer %i hours off sets the right next time', async (hours) => {
  const { schedules } = context.queue(`clock-${hours}`);
  const right = Date.now;
  const before = await redisNow();
  Date.now = () => right() + hours * 3_600_000;
  try {
    await schedules.set('n', { cron: '0 * * * *' }, note);
    await schedules.pause('n');
    await schedules.resume('n');
  } finally {
    Date.now = right;
  }
  const after = await redisNow();
  const next = Number((await schedules.get('n'))?.next);
  expect(next).toBeGreaterThan(before);
  expect(next).toBeLessThanOrEqual(after + 3_600_000);
});

it('Q10 a schedule that is set again with its times goes on, with the new job', async () => {
  const { schedules } = context.queue('again');
  await schedules.set('n', nightly, note.job('old'));
  const past = Number((await schedules.get('n'))?.next) - DAY;
  await standAt('again', past);
  await schedules.set('n', { cron: '0  3 * * *', timezone: 'Europe/Berlin' }, note.job('new'));
  expect((await schedules.get('n'))?.next).toBe(past);
  await dispatchers.start('again');
  const [job] = await havePut('again', 1);
  expect([job?.args, job?.schedule?.time]).toEqual([['new'], past]);
});

it('Q10 a schedule that is set again with other times begins anew', async () => {
  const { schedules } = context.queue('anew');
  await schedules.set('n', nightly, note.job(1));
  await standAt('anew', 5);
  const before = await redisNow();
  await schedules.set('n', { every: DAY }, note.job(2));
  const set = await schedules.get('n');
  expect(set?.next).toBeGreaterThanOrEqual(before);
  expect([set?.cron, set?.every]).toEqual([undefined, DAY]);
});

it('Q10, B3 calls whose replies are lost are done once', async () => {
  const proxy = await startFaultProxy(context.redisUrl);
  const queue = new Queue('lost', { connection: proxy.url, prefix });
  cleanUpLater(() => queue.close());
  const { schedules } = queue;
  const direct = context.queue('lost').schedules;
  const lose = async (script: Parameters<typeof disturbed>[1], call: () => Promise<unknown>) =>
    await disturbed(proxy, script, 'lose reply', call, async () => {});
  await lose('setSchedule', () => schedules.set('n', { every: DAY }, note.job()));
  const { next: first } = (await direct.get('n')) ?? {};
  await lose('setSchedule', () => schedules.set('n', { every: DAY }, note.job()));
  expect((await direct.get('n'))?.next).toBe(first);
  await lose('changeSchedule', () => schedules.pause('n'));
  await lose('changeSchedule', () => schedules.resume('n'));
  expect((await direct.get('n'))?.paused).toBe(false);
  await lose('changeSchedule', () => schedules.remove('n'));
  expect(await direct.list()).toEqual([]);
});

it.each<[what: string, call: (queue: Queue) => Promise<unknown>, code: string, message: string]>([
  ['a bad name', (q) => q.schedules.set('a:b', nightly, note.job()), 'INVALID', 'of a schedule'],
  ['no time', (q) => q.schedules.set('n', { cron: '0 0 30 2 *' }, note), 'INVALID', 'has no time'],
  ['no job', (q) => q.schedules.set('n', nightly, 5 as never), 'INVALID', 'was given number'],
  [
    'a job that was put',
    async (q) => q.schedules.set('n', nightly, await q.put(note.job())),
    'BAD_STATUS',
    'was put already: give the schedule a new job',
  ],
  [
    'a beginAfter',
    (q) => q.schedules.set('n', nightly, note.job().with({ beginAfter: 5 })),
    'INVALID',
    'has a beginAfter',
  ],
  [
    'a part with a beginAfter',
    (q) => q.schedules.set('n', nightly, serial([note.job().with({ beginAfter: new Date(5e12) })])),
    'INVALID',
    'has a beginAfter',
  ],
  [
    'an option that is unknown',
    (q) => q.schedules.set('n', nightly, note, { limit: 5 } as ScheduleOptions),
    'INVALID',
    'a schedule has no option "limit"',
  ],
  [
    'a bad overlap',
    (q) => q.schedules.set('n', nightly, note, { overlap: 'none' } as never),
    'INVALID',
    'overlap must be one of allow, skip, not "none"',
  ],
  [
    'a bad missed',
    (q) => q.schedules.set('n', nightly, note, { missed: true } as never),
    'INVALID',
    'missed must be one of none, latest, all, not true',
  ],
  [
    'an unknown quota',
    (q) => q.schedules.set('n', nightly, note.job().with({ quotas: ['none'] })),
    'UNKNOWN_QUOTA',
    'no quota',
  ],
  ['pause', (q) => q.schedules.pause('none'), 'BAD_STATUS', 'no schedule "none"'],
  ['resume', (q) => q.schedules.resume('none'), 'BAD_STATUS', 'no schedule "none"'],
  ['remove', (q) => q.schedules.remove('none'), 'BAD_STATUS', 'no schedule "none"'],
  ['a bad name to get', (q) => q.schedules.get(''), 'INVALID', 'of a schedule'],
])('Q10, B2 %s is refused', async (_, call, code, message) => {
  const queue = context.queue('refused');
  const error: unknown = await call(queue).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    code: expect.stringContaining(code) as string,
    message: expect.stringContaining(message) as string,
  });
  expect(await queue.schedules.list()).toEqual([]);
});
