// Dispatchers and a Redis that restarts in the middle of a run, loses its scripts, or is full for a
// while (B3).
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

/** How often BullMQ's event stream reports the end of a job. */
async function endsOf(queue: string, id: string): Promise<number> {
  const entries = await redis.xrange(`${prefix}:${queue}:events`, '-', '+');
  return entries.filter(
    ([, flat]) => flat.includes(id) && (flat.includes('completed') || flat.includes('failed')),
  ).length;
}

const works = defineTask('restart.works', (value: number) => value);

it('B3 a job that runs while Redis is killed and restarted ends once, uninterrupted', async () => {
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
  await eventually(() => completed.length === 2);
  await dispatcher.deactivate();
  expect([started.length, completed.length, interrupted.length]).toEqual([2, 2, 0]);
  expect(await queue.jobs({ status: 'active' })).toEqual([]);
});

it('B3 each job ends once when Redis is killed and restarted under load', async () => {
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
  // An end whose reply was lost is asked for again: a stop without grace would not wait for that.
  await eventually(() => completed.length === 600);
  await dispatcher.deactivate();
  const ends = await Promise.all(jobs.slice(0, 100).map(({ id }) => endsOf('load', id)));
  expect(new Set(ends)).toEqual(new Set([1]));
  expect([...runs.values()]).toEqual(jobs.map(() => 1));
  expect(completed.length).toBe(600);
  expect([await queue.length(), await queue.jobs({ status: 'active' })]).toEqual([0, []]);
});

it('B3 jobs end when the scripts are flushed between any two steps', async () => {
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

it('B3 a job that ends while Redis is full ran once, and its result is stored', async () => {
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
  const errors = collect(dispatcher, 'error');
  await redis.config('SET', 'maxmemory', '1');
  open.open();
  await eventually(() => errors.some(({ message }) => message.includes('OOM')));
  await redis.config('SET', 'maxmemory', '0');
  expect(await job.wait()).toHaveLength(1_000);
  expect(await (await queue.put(works.job(3))).wait()).toBe(3);
  expect(runs).toBe(1);
});

it('B3 a dispatcher works after an outage, though its retryStrategy gives up', async () => {
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
