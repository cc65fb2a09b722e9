// Dispatchers and a Redis in trouble (B3): restarted in the middle of a run, without its scripts,
// full for a while.
import { defineTask, local, Queue } from '@drover/core';
import { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { startRedis, type RedisServer } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn, next, type Dispatchers } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';

const prefix = '{drover}';
let server: RedisServer;
let redis: Redis;
let dispatchers: Dispatchers;
const queues: Queue[] = [];
const queueOf = (name: string): Queue => {
  const queue = new Queue(name, { connection: server.url, prefix });
  queues.push(queue);
  return queue;
};

beforeAll(async () => {
  server = await startRedis({ appendonly: true });
  redis = new Redis(server.url);
  redis.on('error', () => {});
  cleanUpLater(async () => {
    for (const queue of queues) await queue.close();
    redis.disconnect();
  });
  dispatchers = dispatchersIn({ redisUrl: server.url, prefix } as never);
});

/** How often BullMQ's own event stream says that a job ended. */
async function endsOf(queue: string, id: string): Promise<number> {
  const entries = await redis.xrange(`${prefix}:${queue}:events`, '-', '+');
  return entries.filter(
    ([, flat]) => flat.includes(id) && (flat.includes('completed') || flat.includes('failed')),
  ).length;
}

const works = defineTask('restart.works', (value: number) => value);

it('B3 Redis is killed and restarted while a job runs: it ends once, uninterrupted, and the dispatcher goes on', async () => {
  const open = gate();
  const queue = queueOf('during');
  const dispatcher = dispatchers.make('during');
  const [started, completed, interrupted] = [
    collect(dispatcher, 'started'),
    collect(dispatcher, 'completed'),
    collect(dispatcher, 'interrupted'),
  ];
  const hasStarted = next(dispatcher, 'started');
  const job = await queue.put(
    defineTask('restart.during', () => open.opened.then(() => local.fence)).job(),
  );
  await dispatcher.activate();
  await hasStarted;
  await server.kill();
  open.open();
  await server.restart();
  expect(await job.wait()).toBe(1);
  expect(job.interruptions).toBe(0);
  expect(await (await queue.put(works.job(2))).wait()).toBe(2);
  expect(await endsOf('during', job.id)).toBe(1);
  await dispatcher.deactivate();
  expect([started.length, completed.length, interrupted.length]).toEqual([2, 2, 0]);
  expect(await queue.jobs({ status: 'active' })).toEqual([]);
});

it('B3 Redis is killed and restarted under load: every job ends once', async () => {
  const runs = new Map<number, number>();
  const noted = defineTask(
    'restart.noted',
    (i: number) => void runs.set(i, (runs.get(i) ?? 0) + 1),
  );
  const queue = queueOf('load');
  const jobs = await queue.putAll(Array.from({ length: 600 }, (_, i) => noted.job(i)));
  const dispatcher = dispatchers.make('load', { size: 5, deathInterval: 5_000 });
  const completed = collect(dispatcher, 'completed');
  await dispatcher.activate();
  await eventually(() => runs.size > 50);
  await server.restart();
  await Promise.all(jobs.map((job) => job.wait()));
  await dispatcher.deactivate();
  const ends = await Promise.all(jobs.slice(0, 100).map(({ id }) => endsOf('load', id)));
  expect(new Set(ends)).toEqual(new Set([1]));
  expect([...runs.values()]).toEqual(jobs.map(() => 1));
  expect(completed.length).toBe(600);
  expect([await queue.length(), await queue.jobs({ status: 'active' })]).toEqual([0, []]);
});

it('B3 the server forgets its scripts between any two steps', async () => {
  const forgets = defineTask('restart.forgets', async (i: number) => {
    await redis.script('FLUSH');
    if (i % 3 === 0 && local.fence === 1)
      throw Object.assign(new Error('lost'), { code: 'ECONNRESET' });
    return i;
  });
  const queue = queueOf('forgetful');
  await dispatchers.start('forgetful', { size: 3 });
  const jobs = await queue.putAll(Array.from({ length: 30 }, (_, i) => forgets.job(i)));
  expect(await Promise.all(jobs.map((job) => job.wait()))).toEqual([...jobs.keys()]);
});

it('B3 Redis is full when a job ends: its result is stored all the same, or when there is room, and it ran once', async () => {
  const queue = queueOf('full');
  const open = gate();
  let runs = 0;
  const task = defineTask('restart.full', async () => {
    runs++;
    await open.opened;
    return 'x'.repeat(1_000);
  });
  const dispatcher = dispatchers.make('full', { pingInterval: 100 });
  const started = next(dispatcher, 'started');
  const job = await queue.put(task.job());
  await dispatcher.activate();
  await started;
  const trouble = next(dispatcher, 'error');
  await redis.config('SET', 'maxmemory', '1');
  open.open();
  expect((await trouble).message).toMatch(/OOM/);
  await redis.config('SET', 'maxmemory', '0');
  expect(await job.wait()).toHaveLength(1_000);
  expect(await (await queue.put(works.job(3))).wait()).toBe(3);
  expect(runs).toBe(1);
});

it('B3 a retryStrategy that gives up is not heeded: a dispatcher that pings can do all else too', async () => {
  const { port } = new URL(server.url);
  const connection = { port: Number(port), retryStrategy: () => null };
  const dispatcher = dispatchersIn({ redisUrl: connection, prefix } as never).make('gives-up', {
    size: 1,
  });
  const { opened, open } = gate();
  const waits = defineTask('restart.waits', async () => await opened.then(() => 'stored'));
  await dispatcher.activate();
  const started = next(dispatcher, 'started');
  const job = await queueOf('gives-up').put(waits.job());
  await started;
  await server.kill();
  await server.restart();
  open();
  expect(await job.wait()).toBe('stored');
  await dispatcher.deactivate();
});
