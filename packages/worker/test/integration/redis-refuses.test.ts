// Dispatchers and a Redis that refuses writes for a while: jobs of all kinds wait, and end exactly
// once (B3).
import { parallel, serial } from '@drover/composite';
import { defineTask, local, Queue, type Job } from '@drover/core';
import { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { startRedis, type RedisServer } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn, next, type Dispatchers } from './dispatchers.js';

const prefix = '{drover}';
let server: RedisServer;
let redis: Redis;
let dispatchers: Dispatchers;

beforeAll(async () => {
  server = await startRedis({ appendonly: true });
  redis = new Redis(server.url, { disconnectTimeout: 100 });
  redis.on('error', () => {});
  cleanUpLater(() => redis.disconnect());
  dispatchers = dispatchersIn({ redisUrl: server.url, prefix } as never);
});

/** The number of runs of each body, by its argument. */
const runs = new Map<string, number>();
const note = (what: string): string => {
  runs.set(what, (runs.get(what) ?? 0) + 1);
  return what;
};
const noted = defineTask('refuses.noted', note);
const joins = defineTask('refuses.joins', (what: string, ...parts: readonly Job[]) =>
  note(`${what}${parts.length}`),
);
const called = defineTask('refuses.called', (what: string, of: unknown) =>
  note(`${what} ${String(of)}`),
);
const fails = defineTask('refuses.fails', (what: string): string => {
  throw new Error(note(what));
});
const puts = defineTask('refuses.puts', async (what: string) => {
  await local.getQueue().put(noted.job(`${what} put`));
  await local.once('step', () => note(`${what} once`));
  return note(what);
});

/** One job of each kind. */
function jobsOf(i: number): Job<unknown>[] {
  return [
    noted.job(`plain ${i}`),
    noted.job(`quota ${i}`).with({ quotas: ['two'] }),
    fails.job(`fails ${i}`),
    puts.job(`puts ${i}`),
    serial([noted.job(`first ${i}`), fails.job(`second ${i}`)], {
      postprocess: joins.job(`joins ${i} `),
    }),
    parallel([noted.job(`a ${i}`), serial([noted.job(`b ${i}`), noted.job(`c ${i}`)])]),
  ];
}
const ALL = 40;
const bodies = ALL * (1 + 1 + 1 + 3 + 3 + 3 + 1);

const refusals = {
  'is full': [
    () => redis.config('SET', 'maxmemory', '1'),
    () => redis.config('SET', 'maxmemory', '0'),
  ],
  'lacks replicas': [
    () => redis.config('SET', 'min-replicas-to-write', '1'),
    () => redis.config('SET', 'min-replicas-to-write', '0'),
  ],
  'is demoted to a replica, and promoted again': [
    () => redis.replicaof('127.0.0.1', 1),
    () => redis.replicaof('NO', 'ONE'),
  ],
} as const;

it.each(Object.entries(refusals))(
  'B3 Redis %s for longer than deathInterval: each job ends once, uninterrupted',
  async (name, [begin, end]) => {
    runs.clear();
    const queue = new Queue(name, { connection: server.url, prefix });
    cleanUpLater(() => queue.close());
    await queue.quotas.create('two', 2);
    const two = [0, 1].map(() =>
      dispatchers.make(name, { size: 3, pingInterval: 100, deathInterval: 1_000 }),
    );
    const [died, interrupted, reassigned] = (['died', 'interrupted', 'reassigned'] as const).map(
      (event) => two.map((dispatcher) => collect(dispatcher, event)),
    );
    await Promise.all(two.map((dispatcher) => dispatcher.activate()));
    const jobs = await queue.putAll(Array.from({ length: ALL }, (_, i) => jobsOf(i)).flat());
    const callbacks = await Promise.all(
      jobs.flatMap((job, i) => (i % 6 === 0 ? [job.addCallback(called.job('callback'))] : [])),
    );
    await eventually(() => runs.size > 20);

    const errors = two.map((dispatcher) => next(dispatcher, 'error'));
    await begin();
    await Promise.all(errors);
    const late = queue.put(noted.job('late'));
    // The lease has expired by then: the dispatcher claims no job until it has pinged again.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await end();

    await late;
    const ends = await Promise.allSettled([...jobs, ...callbacks].map((job) => job.wait()));
    await eventually(() => runs.size === bodies + 1);
    await eventually(async () => (await queue.length()) === 0);
    expect([...runs].filter(([, count]) => count !== 1)).toEqual([]);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(ALL);
    expect(await queue.jobs({ status: ['pending', 'assigned', 'active', 'callbacks'] })).toEqual(
      [],
    );
    expect([died, interrupted, reassigned].flat(2)).toEqual([]);
    const completed = await queue.jobs({ status: 'completed', end: 10_000 });
    expect(completed.filter(({ interruptions }) => interruptions > 0)).toEqual([]);
    expect((await queue.quotas.get('two'))?.holders).toEqual([]);
    await Promise.all(two.map((dispatcher) => dispatcher.deactivate()));
  },
);
