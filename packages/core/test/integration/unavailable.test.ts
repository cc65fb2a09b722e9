// Producers and a Redis that is not available: calls wait within a bound or fail at once, with the
// reason and whether they may be done (B3).
import {
  defineTask,
  InvalidArgumentError,
  Queue,
  UnavailableError,
  type QueueOptions,
} from '@drover/core';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { startFaultProxy, type FaultProxy } from '../../../../test/kit/fault-proxy.js';
import { startRedis, type RedisServer } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';

const work = defineTask('unavailable.work', (value: unknown) => value);
let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis({ appendonly: true });
  redis = new Redis(server.url, { disconnectTimeout: 100 });
  redis.on('error', () => {});
});
afterAll(() => redis.disconnect());

/** Loses the reply to the next request that contains this text; resolves when that has happened. */
const loseReplyTo = (proxy: FaultProxy, text: string): Promise<void> =>
  proxy.next(({ frame }) => frame.includes(text), { kind: 'lose reply' });

async function withQueue(
  options: QueueOptions,
  use: (queue: Queue) => Promise<void>,
): Promise<void> {
  const queue = new Queue('jobs', {
    connection: server.url,
    prefix: `{${expect.getState().currentTestName}}`,
    ...options,
  });
  try {
    await use(queue);
  } finally {
    await queue.close();
  }
}

async function failureOf(call: Promise<unknown>): Promise<UnavailableError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UnavailableError);
  return error as UnavailableError;
}

/** The settings by which Redis refuses writes, and accepts them again. */
const refusals = [
  {
    reason: 'out of memory',
    says: /maxmemory is reached \(OOM\)/,
    begin: ['maxmemory', '1'],
    end: ['maxmemory', '0'],
  },
  {
    reason: 'too few replicas',
    says: /NOREPLICAS/,
    begin: ['min-replicas-to-write', '3'],
    end: ['min-replicas-to-write', '0'],
  },
  { reason: 'read-only', says: /a replica.*READONLY/, begin: undefined, end: undefined },
] as const;

async function set(
  setting: readonly [string, string] | undefined,
  isReplica: boolean,
): Promise<void> {
  if (setting) await redis.config('SET', ...setting);
  // Makes the server the replica of a missing master, so that it keeps its data.
  else if (isReplica) await redis.replicaof('127.0.0.1', 1);
  else await redis.replicaof('NO', 'ONE');
}

describe.each(refusals)('B3 $reason', ({ reason, says, begin, end }) => {
  beforeEach(() => set(begin, true));
  afterEach(() => set(end, false));

  it("B3 with 'fail' the calls reject at once with the reason, and nothing is done", async () => {
    await withQueue({ whenUnavailable: 'fail' }, async (queue) => {
      const job = work.job('a secret argument');
      for (const call of [() => queue.put(job), () => queue.putAll([work.job(1), work.job(2)])]) {
        const error = await failureOf(call());
        expect(error).toMatchObject({ code: 'DROVER_UNAVAILABLE', reason, mayBeDone: false });
        expect(error.message).toMatch(says);
        expect(error.message).toContain('Nothing was done');
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('a secret argument');
        // The client connects anew when it learns that it asked a replica.
        await queue.length().catch(() => {});
      }
      expect(await queue.length()).toBe(0);
      await set(end, false);
      expect((await queue.put(job)).status).toBe('pending');
      expect(await queue.length()).toBe(1);
    });
  });

  it("B3 with 'wait' the calls are done once, when Redis accepts writes again", async () => {
    await withQueue({}, async (queue) => {
      const put = queue.put(work.job(1));
      const putAll = queue.putAll([work.job(2), work.job(3)]);
      await expect(Promise.race([put, putAll, queue.length()])).resolves.toBe(0);
      await set(end, false);
      const [one] = await Promise.all([put, putAll]);
      await one.annotate('seen', true);
      expect(await queue.length()).toBe(3);
    });
  });

  it("B3 with 'wait' a call rejects when its time is over", async () => {
    // A replica makes the client connect anew, which may be under way when the time is over.
    const reasons = reason === 'read-only' ? [reason, 'unreachable'] : [reason];
    const giveUp = async (unavailableTimeout: number): Promise<void> =>
      await withQueue({ unavailableTimeout }, async (queue) => {
        const error = await failureOf(queue.put(work.job(1)));
        expect(reasons).toContain(error.reason);
        expect(error.mayBeDone).toBe(false);
        expect(error.message).toMatch(/was not available for \d+ ms\. Nothing was done/);
      });
    // Some of the calls end while a connection is being closed.
    await Promise.all(Array.from({ length: 20 }, (_, i) => giveUp(100 + 5 * i)));
  });
});

it("B3 with 'fail', a call in an outage rejects, and is not done afterwards", async () => {
  await withQueue({ whenUnavailable: 'fail' }, async (queue) => {
    await queue.put(work.job('before'));
    await server.kill();
    const job = work.job('meanwhile');
    const calls = [
      () => queue.put(job),
      () => queue.length(),
      () => queue.quotas.list(),
      () => queue.deadLetters().list(),
    ];
    // This first call may still find the old connection.
    await queue.length().catch(() => {});
    for (const call of calls) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ reason: 'unreachable', mayBeDone: false });
      expect(error.message).toMatch(/Redis cannot be reached: connect ECONNREFUSED/);
    }
    await server.restart();
    await eventually(async () => (await queue.length()) === 1);
    await queue.put(job);
    expect((await queue.jobs()).map(({ args }) => args[0])).toEqual(['before', 'meanwhile']);
  });
});

it('B3 a put that Redis does not answer rejects as maybe done, and may be repeated', async () => {
  await withQueue({ unavailableTimeout: 0 }, async (queue) => {
    await queue.put(work.job('before'));
    process.kill(server.pid, 'SIGSTOP');
    const job = work.job('meanwhile');
    const error = await failureOf(queue.put(job)).finally(() =>
      process.kill(server.pid, 'SIGCONT'),
    );
    expect(error).toMatchObject({ reason: 'unreachable', mayBeDone: true });
    expect(error.message).toMatch(/does not answer.*may have been done/);
    await queue.put(job);
    expect((await queue.jobs()).map(({ args }) => args[0])).toEqual(['before', 'meanwhile']);
  });
});

it('B3 while Redis is loading, a call rejects, or waits until it has loaded', async () => {
  const slow = await startRedis({
    args: [
      '--key-load-delay',
      '5000',
      '--loading-process-events-interval-bytes',
      '1024',
      '--rdbcompression',
      'no',
    ],
  });
  const client = new Redis(slow.url, { disconnectTimeout: 100 });
  client.on('error', () => {});
  for (let i = 0; i < 300; i++) await client.set(`key-${i}`, 'x'.repeat(1_000));
  await withQueue({ connection: slow.url }, async (patient) => {
    await withQueue({ connection: slow.url, whenUnavailable: 'fail' }, async (hasty) => {
      await patient.put(work.job(1));
      await client.save();
      const restarted = slow.restart();
      const put = patient.put(work.job(2));
      const error = await untilLoading(() => hasty.put(work.job(3)));
      expect(error).toMatchObject({ reason: 'loading', mayBeDone: false });
      await put;
      await restarted;
      expect(await patient.length()).toBe(2);
    });
  });
  client.disconnect();
});

/**
 * The error of a loading server; other errors, of a server that is not there yet, are passed over.
 */
async function untilLoading(call: () => Promise<unknown>): Promise<UnavailableError> {
  return await eventually(async () => {
    const error = await failureOf(call());
    return error.reason === 'loading' && error;
  });
}

it("B3 a put whose reply is lost is stored once, and 'fail' says maybe done", async () => {
  const proxy = await startFaultProxy(server.url);
  await withQueue({ connection: proxy.url }, async (queue) => {
    const lost = loseReplyTo(proxy, 'patient');
    await queue.put(work.job('patient'));
    await lost;
    expect(await queue.length()).toBe(1);
  });
  await withQueue({ connection: proxy.url, whenUnavailable: 'fail' }, async (queue) => {
    await queue.length();
    const lost = loseReplyTo(proxy, 'hasty');
    const job = work.job('hasty');
    expect(await failureOf(queue.put(job))).toMatchObject({
      reason: 'unreachable',
      mayBeDone: true,
    });
    await lost;
    expect(job.status).toBe('new');
    await queue.put(job);
    expect(await queue.length()).toBe(2);
  });
});

it('B3, Q3 a pull whose reply is lost returns the job that it took', async () => {
  const proxy = await startFaultProxy(server.url);
  await withQueue({ connection: proxy.url }, async (queue) => {
    const [first, second] = await queue.putAll([work.job(1), work.job(2)]);
    const lost = loseReplyTo(proxy, `\r\n${first?.id}\r\n`);
    await queue.get(second?.id ?? '');
    const pulled = await queue.pull();
    await lost;
    expect(pulled?.id).toBe(first?.id);
    expect((await queue.jobs()).map(({ id }) => id)).toEqual([second?.id]);
  });
});

it("B3 a wait outlasts any outage, unless the queue is set to 'fail'", async () => {
  await withQueue({ unavailableTimeout: 0 }, async (queue) => {
    await withQueue({ whenUnavailable: 'fail' }, async (hasty) => {
      const job = await queue.put(work.job(1));
      await server.kill();
      const waiting = expect(job.wait()).rejects.toThrow(/was removed/);
      const found = failureOf(hasty.get(job.id));
      await found;
      await server.restart();
      await eventually(() => hasty.remove(job.id).then(() => true));
      await waiting;
    });
  });
});

it('B2 invalid options are refused', () => {
  const make = (options: object) => () => new Queue('odd', { ...options, connection: server.url });
  expect(make({ whenUnavailable: 'hope' })).toThrow(InvalidArgumentError);
  expect(make({ unavailableTimeout: -1 })).toThrow(/unavailableTimeout must be a number of ms/);
});

it('B3 closing the queue ends a call that waits for Redis', async () => {
  let told = () => {};
  const hasFailed = new Promise<void>((resolve) => (told = resolve));
  await withQueue({ connection: 'redis://127.0.0.1:1', onError: () => told() }, async (queue) => {
    const put = expect(queue.put(work.job(1))).rejects.toThrow(
      'the queue jobs was closed meanwhile',
    );
    await hasFailed;
    await queue.close();
    await put;
  });
});

it('O3, B3 a retry that was repeated after a lost reply reports its true outcome', async () => {
  const proxy = await startFaultProxy(server.url, { seed: 4 });
  await withQueue({ connection: proxy.url }, async (queue) => {
    const job = await queue.put(work.job(1));
    const key = `${queue.prefix}:jobs:${job.id}`;
    const asked = proxy.next('retryFailed', { kind: 'lose request' });
    await expect(job.retry()).rejects.toMatchObject({ name: 'BadStatusError' });
    await asked;
    await redis.hset(key, {
      finishedOn: 1,
      failedReason: 'as told',
      failure: '{"name":"Error","message":"as told"}',
    });
    await redis.lrem(`${queue.prefix}:jobs:wait`, 0, job.id);
    await redis.zadd(`${queue.prefix}:jobs:failed`, 1, job.id);
    const done = proxy.next('retryFailed', { kind: 'lose reply' });
    await job.retry();
    await done;
    expect(job.status).toBe('pending');
    expect(await redis.lrange(`${queue.prefix}:jobs:wait`, 0, -1)).toEqual([job.id]);
  });
});
