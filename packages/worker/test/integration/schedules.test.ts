// Schedules: dispatchers put a job for each planned time, once (Q10).
import { defineTask, local, type Job, type ScheduleOptions } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, next } from './dispatchers.js';
import { DAY, note, schedulesIn, timeOf } from './schedules-scene.js';

const context = testContext('schedules');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const { putIn, havePut, endedIn, redisNow, standAt } = schedulesIn(context);
const planned = defineTask('schedules.planned', () => local.getJob().schedule);

/** Sets a schedule, which then stands at its time of ten days ago. Returns its times since then. */
async function setInThePast(queue: string, options: ScheduleOptions): Promise<number[]> {
  const { schedules } = context.queue(queue);
  await schedules.set('n', { cron: '0 3 * * *' }, note, options);
  const coming = Number((await schedules.get('n'))?.next);
  await standAt(queue, coming - 10 * DAY);
  return Array.from({ length: 10 }, (_, i) => coming - (10 - i) * DAY);
}

it('Q10 a job is put for each time of a grid, with the name and the time', async () => {
  const queue = context.queue('grid');
  const before = await redisNow();
  await dispatchers.start('grid');
  await queue.schedules.set('n', { every: 50 }, planned);
  const jobs = await endedIn('grid', 5);
  const times = jobs.map(timeOf);
  const [start = 0] = times;
  expect(start).toBeGreaterThanOrEqual(before);
  expect(times).toEqual(times.map((_, i) => start + 50 * i));
  for (const job of jobs) expect(job.result).toEqual(job.schedule);
  expect(jobs.map((job) => job.schedule?.name)).toEqual(jobs.map(() => 'n'));
  const again = await queue.get(jobs[0]?.id ?? '');
  expect(again?.schedule).toEqual(jobs[0]?.schedule);
});

it.each<[Required<ScheduleOptions>['missed'], (times: number[]) => number[]]>([
  ['all', (times) => times],
  ['latest', (times) => times.slice(-1)],
  ['none', () => []],
])('Q10 times at which no dispatcher ran, with missed %p', async (missed, expected) => {
  const name = `missed-${missed}`;
  const times = await setInThePast(name, { missed });
  await dispatchers.start(name);
  const { schedules } = context.queue(name);
  await eventually(async () => Number((await schedules.get('n'))?.next) > Date.now());
  expect((await putIn(name)).map(timeOf)).toEqual(expected(times));
});

it('Q10 overlap "skip" puts no job while the one before has not completed', async () => {
  const { schedules } = context.queue('overlap');
  const { open, opened } = gate();
  const slow = defineTask('schedules.slow', () => opened);
  const dispatcher = await dispatchers.start('overlap');
  const started = next(dispatcher, 'started');
  await schedules.set('slow', { every: 30 }, slow.job(), { overlap: 'skip' });
  await started;
  await eventually(async () => Number((await schedules.get('slow'))?.skipped) >= 3);
  const [first] = await putIn('overlap');
  expect(await putIn('overlap')).toHaveLength(1);
  expect((await schedules.get('slow'))?.last).toEqual({
    id: first?.id,
    time: first?.schedule?.time,
  });
  open();
  await eventually(async () => (await putIn('overlap')).length >= 3);
  await schedules.remove('slow');
});

it('Q10 a job that was removed, or is a dead letter, holds up no later time', async () => {
  const queue = context.queue('held');
  await dispatchers.start('held', { size: 1 });
  const { open, opened } = gate();
  const holder = await queue.put(defineTask('schedules.holds', () => opened).job());
  await queue.schedules.set('n', { every: DAY }, note.job(), { overlap: 'skip' });
  const putAfter = async (time: number): Promise<Job> => {
    const isLater = ({ schedule }: Job): boolean => Number(schedule?.time) > time;
    return (await eventually(async () => (await putIn('held')).find(isLater))) as Job;
  };
  /** The next time of the schedule is now. */
  const comesAfter = async (job: Job): Promise<Job> => {
    const time = Number(job.schedule?.time);
    await standAt('held', time + 1);
    await redis.zadd(`${prefix}:held/system:marker`, 0, '1');
    return await putAfter(time);
  };
  const removed = await putAfter(0);
  await queue.remove(removed);
  const second = await comesAfter(removed);
  await redis.lrem(`${prefix}:held:wait`, 1, second.id);
  const why = JSON.stringify({ reason: 'as told', at: 1 });
  await redis.hset(`${prefix}:held:dead-letters`, second.id, why);
  const third = await comesAfter(second);
  expect(new Set([removed.id, second.id, third.id]).size).toBe(3);
  open();
  await holder.wait();
  await third.wait();
});

it('Q10 a paused schedule puts nothing, and goes on after its pause without those times', async () => {
  const { schedules } = context.queue('paused');
  await schedules.set('n', { every: 20 }, note.job(), { missed: 'all' });
  await schedules.pause('n');
  // Each process may set its schedules at its start: the operator's pause stays.
  await schedules.set('n', { every: 20 }, note.job(), { missed: 'all' });
  await dispatchers.start('paused');
  const paused = await schedules.get('n');
  expect([paused?.paused, paused?.next]).toEqual([true, undefined]);
  const before = await redisNow();
  await eventually(async () => (await redisNow()) > before + 100);
  expect(await putIn('paused')).toEqual([]);
  await schedules.resume('n');
  await schedules.resume('n');
  const times = (await havePut('paused', 3)).map(timeOf);
  await schedules.remove('n');
  expect(times[0]).toBeGreaterThan(before);
  expect((await schedules.list()).length).toBe(0);
});

it('Q10 a schedule that is set wakes a dispatcher that waits', async () => {
  const queue = context.queue('wakes');
  await dispatchers.start('wakes');
  // It has looked, and waits for word of a job.
  expect(await (await queue.put(note.job(1))).wait()).toBe(1);
  await queue.schedules.set('n', { every: DAY }, note.job(2));
  const [job] = await eventually(
    async () => {
      const jobs = await putIn('wakes');
      return jobs.length > 0 && jobs;
    },
    { timeout: 4_000 },
  );
  expect(await job?.wait()).toBe(2);
});

it('Q10, B1 a damaged schedule is named, and stops no other', async () => {
  const queue = context.queue('damaged');
  await queue.schedules.set('bad', { every: 20 }, note.job());
  await queue.schedules.set('gone', { every: 20 }, note.job());
  await queue.schedules.set('good', { every: 20 }, note.job());
  await redis.hset(`${prefix}:damaged:schedule:bad`, 'times', 'x');
  await redis.del(`${prefix}:damaged:schedule:gone`);
  const dispatcher = dispatchers.make('damaged');
  const errors: string[] = [];
  dispatcher.on('error', ({ message }) => errors.push(message));
  await dispatcher.activate();
  await havePut('damaged', 3);
  expect(errors.sort()).toEqual([
    'the schedule "bad" is damaged: its field times is not JSON',
    'the schedule "gone" is damaged: its field times is not JSON',
  ]);
  expect((await queue.schedules.list()).map(({ name, damaged }) => [name, damaged])).toEqual([
    ['bad', errors[0]],
    ['gone', errors[1]],
    ['good', undefined],
  ]);
  await queue.schedules.set('bad', { every: 20 }, note.job());
  await queue.schedules.remove('gone');
  expect((await queue.schedules.list()).map(({ damaged }) => damaged)).toEqual([
    undefined,
    undefined,
  ]);
  await queue.schedules.remove('bad');
  await queue.schedules.remove('good');
});

it('Q10, B3 a dispatcher whose replies are lost puts each time once', async () => {
  const proxy = await startFaultProxy(context.redisUrl);
  const { schedules } = context.queue('lossy');
  await dispatchers.start('lossy', { connection: proxy.url, deathInterval: 60_000 });
  await schedules.set('n', { every: 25 }, note.job(), { missed: 'all' });
  for (let i = 0; i < 5; i++) {
    await proxy.next('putScheduled', { kind: 'lose reply' });
  }
  await havePut('lossy', 10);
  await schedules.remove('n');
  const times = (await putIn('lossy')).map(timeOf);
  expect(times).toEqual(times.map((_, i) => Number(times[0]) + 25 * i));
});

it('Q10 many schedules that come at the same time all put their jobs', async () => {
  const queue = context.queue('many');
  const names = Array.from({ length: 70 }, (_, i) => `n${i}`);
  for (const name of names) {
    await queue.schedules.set(name, { cron: '0 3 * * *' }, note);
    await standAt('many', Number((await queue.schedules.get(name))?.next) - DAY, name);
  }
  await dispatchers.start('many');
  // Sooner than dispatchers look by themselves.
  await eventually(async () => (await putIn('many')).length === 70, { timeout: 10_000 });
  const put = (await putIn('many')).map(({ schedule }) => schedule?.name);
  expect(put.sort()).toEqual(names.sort());
});

it('Q10 a schedule with very many missed times holds up no other', async () => {
  const queue = context.queue('backlog');
  await queue.schedules.set('n', { every: 1_000 }, note, { missed: 'all' });
  await standAt('backlog', Number((await queue.schedules.get('n'))?.next) - 1e9);
  await dispatchers.start('backlog');
  await queue.schedules.set('other', { every: DAY }, note);
  await eventually(async () => (await queue.schedules.get('other'))?.last);
  await queue.schedules.remove('n');
});
