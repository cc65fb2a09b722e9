// B3 Every connection of a dispatcher and of a producer dies at the same time, and none of them is
// told: all go on.
import { defineTask, local, Queue } from '@drover/core';
import { Redis } from 'ioredis';
import { cleanUpLater } from '../kit/cleanup.js';
import { newUuid, testContext } from '../kit/context.js';
import { dispatchersIn, hasStarted } from '../kit/dispatchers.js';
import { startFaultProxy } from '../kit/fault-proxy.js';
import { gate } from '../kit/gate.js';
import { startRedis } from '../kit/redis-server.js';
import { eventually, within } from '../kit/wait.js';

const context = testContext('silent-connections');

/**
 * ms: a silence is noticed within 6 s, by whoever listens only within 8 s; the rest is for a
 * machine that has much to do.
 */
const SOON = 15_000;

it.concurrent(
  'B3, O1 waits, claims, puts, pings and cancels go on when all connections have fallen silent',
  async () => {
    const { prefix } = context;
    // A server of its own: the only blocking read of a stream there is that of this test's
    // producer.
    const { url } = await startRedis();
    const redis = new Redis(url);
    cleanUpLater(() => redis.disconnect());
    const [ways, producersWays] = [await startFaultProxy(url), await startFaultProxy(url)];
    const queue = new Queue('work', { connection: producersWays.url, prefix });
    cleanUpLater(() => queue.close());
    const outside = new Queue('work', { connection: url, prefix });
    cleanUpLater(() => outside.close());
    // No audit comes to the help of a cancel whose word was lost, and no death to that of anything
    // else.
    const often = { uuid: newUuid(), pingInterval: 500, deathInterval: 120_000 };
    const dispatcher = await dispatchersIn({ ...context, redisUrl: ways.url }).start('work', often);
    const ended = gate();
    const ends = defineTask('silent.ends', () => ended.opened.then(() => 'ended'));
    const heeds = defineTask('silent.heeds', async () => {
      await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
      return 'heard';
    });
    const [waitedFor, cancelled] = [ends.job(), heeds.job()];
    const begun = Promise.all([
      hasStarted(dispatcher, waitedFor),
      hasStarted(dispatcher, cancelled),
    ]);
    await queue.putAll([waitedFor, cancelled]);
    await begun;
    const waiting = waitedFor.wait();
    await eventually(async () => String(await redis.client('LIST')).includes('cmd=xread'));

    expect(ways.silence()).toBeGreaterThan(3);
    expect(producersWays.silence()).toBe(2);
    const [seconds] = await redis.time();
    ended.open();
    const pinged = eventually(async () => {
      const last = await redis.hget(`${prefix}:dispatcher:${dispatcher.uuid}`, 'lastPing');
      return Number(last) > (Number(seconds) + 1) * 1_000;
    });
    const value = defineTask('silent.value', (n: number) => n);
    const claimed = outside.put(value.job(1)).then((job) => job.wait());
    const put = queue.put(value.job(2)).then((job) => job.wait());
    const heard = outside.get(cancelled.id).then((job) => job?.cancel('enough'));
    const aborted = eventually(() => dispatcher.activeJobs().length === 0, { timeout: SOON });
    const all = Promise.all([waiting, claimed, put, pinged, heard, aborted]);
    const [...values] = await within(all, SOON, () => 'not all went on');
    expect(values.slice(0, 3)).toEqual(['ended', 1, 2]);
    // Nothing costs a silence again.
    for (let i = 0; i < 3; i++)
      expect(await within((await queue.put(value.job(i))).wait(), 4_000, () => 'slow')).toBe(i);
    expect(waitedFor.interruptions).toBe(0);
  },
);

it.concurrent(
  'O1 a cancel is heard although the connection that listens for it had fallen silent',
  async () => {
    const { prefix } = context;
    const ways = await startFaultProxy(context.redisUrl);
    const often = { uuid: newUuid(), deathInterval: 120_000 };
    const dispatcher = await dispatchersIn({ ...context, redisUrl: ways.url, prefix }).start(
      'deaf',
      often,
    );
    const heeds = defineTask('silent.deaf', async () => {
      await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
    });
    const job = heeds.job();
    const begun = hasStarted(dispatcher, job);
    await context.queue('deaf').put(job);
    await begun;
    // An idle connection pings too, on a machine that was busy meanwhile.
    const isListening = ({ command }: { command: string }) => /^(SUBSCRIBE|PING)$/.test(command);
    expect(ways.silence(isListening)).toBeGreaterThan(0);
    await job.cancel('enough');
    await eventually(() => dispatcher.activeJobs().length === 0, { timeout: SOON });
  },
);
