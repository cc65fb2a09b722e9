// Faults between a dispatcher and Redis: the time from the fault until the job has ended.
import { defineTask, Queue, type ConnectionInput, type Job } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once as nextOf } from 'node:events';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { startFaultProxy, type Fault, type FaultProxy, type Match } from '#kit/fault-proxy';
import { endsJob } from '#kit/faults/ends';
import { startRedis } from '#kit/redis-server';
import { DOWN_AFTER, startSentinels } from '#kit/sentinels';
import { setTimeout } from 'node:timers/promises';
import type { FaultScenario } from './scenario.js';

const value = defineTask('faults.value', (what: unknown) => what);
/** Its runs, each of which ends when it is told to. */
const runs = new EventEmitter();
const open = defineTask('faults.open', () => new Promise<void>((end) => runs.emit('begun', end)));

/** For so many ms Redis refuses, or is away. */
const OUTAGE = 1_000;
const MOST = 30_000;
/** In ms: the news of a fault comes within this time. */
const NEWS = 2_000;

async function withDispatcher<T>(
  url: string,
  prefix: string,
  use: (queue: Queue, proxy: FaultProxy) => Promise<T>,
): Promise<T> {
  const proxy = await startFaultProxy(url);
  try {
    return await withConnection({ dispatcher: proxy.url, queue: url }, prefix, (queue) =>
      use(queue, proxy),
    );
  } finally {
    await proxy.close();
  }
}

async function withConnection<T>(
  connections: { dispatcher: ConnectionInput; queue: ConnectionInput },
  prefix: string,
  use: (queue: Queue) => Promise<T>,
): Promise<T> {
  const queue = new Queue('faults', { connection: connections.queue, prefix });
  const dispatcher = new Dispatcher({
    connection: connections.dispatcher,
    prefix,
    uuid: randomUUID(),
    queues: { faults: { main: { size: 1 } } },
    pingInterval: 500,
    deathInterval: 2_000,
    signals: false,
    logger: pino({ level: 'silent' }),
  });
  dispatcher.on('error', () => {});
  await dispatcher.activate();
  try {
    // Everything is connected, and each script is known.
    await (await queue.put(value.job(0))).wait();
    return await use(queue);
  } finally {
    await dispatcher.deactivate();
    await queue.close();
  }
}

/** One request goes wrong. */
function once(name: string, match: Match, fault: Fault): FaultScenario {
  return {
    name,
    measure: (url, prefix) =>
      withDispatcher(url, prefix, async (queue, proxy) => {
        const happened = proxy.next(match, fault).then(() => performance.now());
        const job = await queue.put(value.job(1));
        await job.wait({ timeout: MOST });
        const ended = performance.now();
        // The event of the end may come before the news of a lost reply.
        const at = await Promise.race([happened, setTimeout(NEWS, undefined)]);
        // The protocol has changed, and the scenario would measure nothing.
        if (at === undefined) throw new Error(`nothing went wrong: ${name}`);
        return Math.max(0, ended - at);
      }),
  };
}

/** Puts a job, and resolves when its task runs: a claim alone may be lost still. */
async function begin(queue: Queue): Promise<{ job: Job; end: () => void }> {
  const [[end], job] = await Promise.all([nextOf(runs, 'begun'), queue.put(open.job())]);
  return { job, end: end as () => void };
}

const refused: FaultScenario = {
  name: 'READONLY for a second: from its end until the job has ended',
  measure: (url, prefix) =>
    withDispatcher(url, prefix, async (queue, proxy) => {
      const { job, end } = await begin(queue);
      proxy.setWeather({ error: 1, errors: ['READONLY'] });
      end();
      await setTimeout(OUTAGE);
      proxy.heal();
      const healed = performance.now();
      await job.wait({ timeout: MOST });
      return performance.now() - healed;
    }),
};

const restarted: FaultScenario = {
  name: 'Redis is killed, and back after a second: until the job has ended',
  measure: async (_, prefix) => {
    const server = await startRedis({ appendonly: true });
    try {
      return await withDispatcher(server.url, prefix, async (queue) => {
        const { job, end } = await begin(queue);
        await server.kill();
        end();
        await setTimeout(OUTAGE);
        await server.restart();
        const back = performance.now();
        await job.wait({ timeout: MOST });
        return performance.now() - back;
      });
    } finally {
      await server.stop();
    }
  },
};

/**
 * The master is killed, which ends its connections, or frozen, which ends none: its replica has all
 * that was acknowledged.
 */
function failedOver(signal: 'SIGKILL' | 'SIGSTOP'): FaultScenario {
  return {
    name: `the master gets ${signal}, and sentinels (down-after ${DOWN_AFTER}) fail over`,
    measure: async (_, prefix) => {
      const redis = await startSentinels();
      const { master, connection } = redis;
      try {
        return await withConnection(
          { dispatcher: connection, queue: connection },
          prefix,
          async (queue) => {
            const { job, end } = await begin(queue);
            const waiting = job.wait({ timeout: MOST });
            const client = new Redis(master.url);
            await client.wait(1, MOST);
            client.disconnect();
            const at = performance.now();
            process.kill(master.pid, signal);
            end();
            await waiting;
            return performance.now() - at;
          },
        );
      } finally {
        await master.kill();
        await redis.stop();
      }
    },
  };
}

/** No end of a connection is told, nothing passes on it, and new ones are undisturbed. */
const silent: FaultScenario = {
  name: 'all connections of a dispatcher fall silent: until the job has ended',
  measure: (url, prefix) =>
    withDispatcher(url, prefix, async (queue, proxy) => {
      const { job, end } = await begin(queue);
      const at = performance.now();
      proxy.silence();
      end();
      await job.wait({ timeout: MOST });
      return performance.now() - at;
    }),
};

/** The same for who waits. */
const silentWaiter: FaultScenario = {
  name: 'all connections of a producer fall silent: until its wait ends',
  measure: async (url, prefix) => {
    const proxy = await startFaultProxy(url);
    try {
      return await withConnection({ dispatcher: url, queue: proxy.url }, prefix, async (queue) => {
        const { job, end } = await begin(queue);
        const waiting = job.wait({ timeout: MOST });
        // The wait has begun to listen.
        await setTimeout(OUTAGE);
        const at = performance.now();
        proxy.silence();
        end();
        await waiting;
        return performance.now() - at;
      });
    } finally {
      await proxy.close();
    }
  },
};

/** A producer meets a Redis that is away. */
const putMeanwhile: FaultScenario = {
  name: 'a job is put while Redis is away for a second: until the put is done',
  measure: async (_, prefix) => {
    const server = await startRedis({ appendonly: true });
    const queue = new Queue('faults', { connection: server.url, prefix });
    try {
      await queue.length();
      await server.kill();
      const put = queue.put(value.job(1));
      await setTimeout(OUTAGE);
      await server.restart();
      const back = performance.now();
      await put;
      return performance.now() - back;
    } finally {
      await queue.close();
      await server.stop();
    }
  },
};

export const writes: readonly FaultScenario[] = [
  once('the request of a finish is lost: until the job has ended', endsJob, {
    kind: 'lose request',
  }),
  once('the reply of a finish is lost', endsJob, { kind: 'lose reply' }),
  once('the reply of a claim is lost', 'claim', { kind: 'lose reply' }),
  once('Redis has forgotten the script', endsJob, { kind: 'error', error: 'NOSCRIPT' }),
  once('a finish is answered with OOM once', endsJob, { kind: 'error', error: 'OOM' }),
  refused,
  restarted,
  putMeanwhile,
  failedOver('SIGKILL'),
  failedOver('SIGSTOP'),
  silent,
  silentWaiter,
];
