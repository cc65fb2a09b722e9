// Several dispatchers put the jobs of a schedule, and die: each time has one job (Q10). The tests
// run side by side.
import { JobStatus, type Job } from '@drover/core';
import { newUuid } from '../kit/context.js';
import { openScene, type Scene } from '../kit/scene.js';
import { echo, normal, sum } from '../kit/tasks.js';
import { parallel } from '@drover/composite';
import { eventually } from '../kit/wait.js';
import { startWorker } from '../kit/worker.js';

const EVERY = 40;

/** The jobs that the schedule has put, by their times. */
async function scheduledIn(scene: Scene): Promise<Job[]> {
  const jobs = await scene.queue('q').jobs({ status: Object.values(JobStatus), end: 5_000 });
  return jobs
    .filter(({ schedule }) => schedule)
    .sort((a, b) => Number(a.schedule?.time) - Number(b.schedule?.time));
}

/** Resolves when the schedule has put a job for `count` more times. */
async function passes(scene: Scene, count: number): Promise<void> {
  const { schedules } = scene.queue('q');
  const standing = async (): Promise<number> => Number((await schedules.get('n'))?.next);
  const end = (await standing()) + count * EVERY;
  await eventually(async () => (await standing()) >= end, { timeout: 20_000 });
}

/** Ends the schedule, and expects a job that ended for each time since its start. */
async function expectEachOnce(scene: Scene, value: unknown): Promise<void> {
  const queue = scene.queue('q');
  const { next = 0 } = (await queue.schedules.get('n')) ?? {};
  await queue.schedules.remove('n');
  const { length } = await eventually(
    async () => {
      const left = await queue.jobs({ status: ['pending', 'assigned', 'active', 'callbacks'] });
      return left.length === 0 && [1];
    },
    { timeout: 20_000 },
  );
  expect(length).toBe(1);
  const jobs = await scheduledIn(scene);
  const times = jobs.map(({ schedule }) => Number(schedule?.time));
  const [start = 0] = times;
  expect(times).toEqual(times.map((_, i) => start + EVERY * i));
  expect(start + EVERY * times.length).toBeGreaterThanOrEqual(next);
  expect(new Set(jobs.map(({ result }) => result))).toEqual(new Set([value]));
}

it.concurrent(
  'Q10 three dispatchers, which die one after another, put each time once',
  async () => {
    const scene = openScene('schedules-three');
    const { schedules } = scene.queue('q');
    const start = () => scene.worker('q', newUuid());
    const workers = [start(), start(), start()];
    await schedules.set('n', { every: EVERY }, echo.job('x'), { missed: 'all' });
    for (const worker of workers) {
      await passes(scene, 5);
      await worker.end('SIGKILL');
      start();
    }
    await passes(scene, 5);
    await expectEachOnce(scene, 'x');
  },
);

it.concurrent.each(['put-scheduled.before', 'put-scheduled.after'] as const)(
  'Q10 each time is put once after a crash at %s',
  async (point) => {
    const scene = openScene('schedules-crash');
    const { schedules } = scene.queue('q');
    const composite = parallel([normal.job(), normal.job()], { postprocess: sum.job() });
    const crashing = scene.worker('q', newUuid(), `${point}#3`);
    await crashing.event('activated');
    await schedules.set('n', { every: EVERY }, composite, { missed: 'all' });
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const stood = (await schedules.get('n'))?.next;
    const next = await scene.survivor('q', newUuid());
    await eventually(async () => Number((await schedules.get('n'))?.next) > Number(stood));
    await passes(scene, 3);
    await expectEachOnce(scene, 50);
    await next.stop();
  },
);

it.concurrent('Q10, Q2 dispatchers whose clocks are hours off put each time once', async () => {
  const scene = openScene('schedules-clocks');
  const { prefix } = scene;
  const HOURS = 3 * 3_600_000;
  const queues = { q: { main: { size: 2 } } };
  for (const ahead of [HOURS, -HOURS])
    await startWorker({ prefix, uuid: newUuid(), queues, wrongClock: { ahead } }).event(
      'activated',
    );
  await scene.queue('q').schedules.set('n', { every: EVERY }, echo.job('x'), { missed: 'all' });
  await passes(scene, 10);
  for (const job of await scheduledIn(scene)) {
    const timestamp = await scene.redis.hget(`${prefix}:q:${job.id}`, 'timestamp');
    expect(Number(timestamp)).toBeGreaterThanOrEqual(Number(job.schedule?.time));
  }
  await expectEachOnce(scene, 'x');
});

it.concurrent('Q10 a Redis that was restored goes on from where the schedule stood', async () => {
  const scene = openScene('schedules-restored');
  const { redis, prefix } = scene;
  const { schedules } = scene.queue('q');
  const next = await scene.survivor('q', newUuid());
  await schedules.set('n', { every: EVERY }, echo.job('x'), { missed: 'latest' });
  await passes(scene, 5);
  // The jobs of the last hour are lost; of its times, the latest alone is made up for.
  const stood = Number((await schedules.get('n'))?.next);
  const restored = stood - 90_000 * EVERY;
  await redis.zadd(`${prefix}:q:schedules`, restored, 'n');
  await eventually(async () => Number((await schedules.get('n'))?.next) > stood);
  await schedules.remove('n');
  const times = (await scheduledIn(scene)).map(({ schedule }) => Number(schedule?.time));
  expect(times.every((time) => time > restored)).toBe(true);
  expect(new Set(times).size).toBe(times.length);
  await next.stop();
});
