// Tasks for agents with threads: the compiled copy of this module is what the threads import.
import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread, parentPort, threadId, workerData } from 'node:worker_threads';
import { defineTask, Failure, local, RetryableError, type Job } from '@drover/core';
import { hostile, type Hostile } from './hostile.js';
import { taskRedis } from './task-redis.js';

/** The thread that it runs in; 0 for the main one. */
export const where = defineTask('thread.where', () => (isMainThread ? 0 : threadId));

/** Computes for `ms` milliseconds without leaving its event loop free. */
export const busy = defineTask('thread.busy', (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return isMainThread ? 0 : threadId;
});

/** Waits for so many things at once, each of which ends with the run. */
export const waitsAtOnce = defineTask('thread.waitsAtOnce', async (count: number) => {
  for (let i = 0; i < count; i++) local.signal.addEventListener('abort', () => {});
  const waits = Array.from({ length: count }, () => pause(1, undefined, { signal: local.signal }));
  await Promise.all([...waits, local.getLiveAnnotation('go', { timeout: 1, default: true })]);
  return count;
});

/** The answers of `local`. */
export const about = defineTask('thread.about', async () => {
  const { id, task, status } = local.getJob();
  const found = await local.getQueue().get(id);
  const { fence, attempt, signal } = local;
  return {
    ...{ id, task, status, fence, attempt, found: found?.id, aborted: signal.aborted },
    queue: local.getQueue().name,
    dispatcher: local.getDispatcher().uuid,
  };
});

/** Gives back what it got; of jobs their results. */
export const collect = defineTask('thread.collect', (...args: unknown[]) =>
  args.map((arg) =>
    typeof arg === 'object' && arg !== null && 'result' in arg ? (arg as Job).result : arg,
  ),
);

/** Goes on with another job. */
export const goesOn = defineTask(
  'thread.goesOn',
  (value: string): Job<unknown[]> => collect.job(value) as Job<unknown[]>,
);

/** Fails, in the way that it is told; the way `late` has no end of its own. */
export const fails = defineTask(
  'thread.fails',
  async (way: 'throw' | 'exit' | 'memory' | 'late' | 'unstorable') => {
    const many: unknown[] = [];
    switch (way) {
      case 'throw':
        throw Object.assign(new RangeError('too far'), { code: 'E_FAR', limit: 3 });
      case 'exit':
        return process.exit(7);
      case 'memory':
        for (;;) many.push(Array.from({ length: 1_000 }, () => ({ many: many.length })));
      case 'late':
        setTimeout(() => {
          throw new TypeError('nobody catches this');
        }, 1);
        return await new Promise<never>(() => {});
      case 'unstorable':
        return () => {};
    }
  },
);

/**
 * Its first run waits until it is told to stop, says so in the Redis list `told`, and stops; the
 * next returns its number.
 */
export const heedful = defineTask('thread.heedful', async (told: string) => {
  const { signal, fence } = local;
  if (fence > 1) return fence;
  const redis = await taskRedis();
  await redis.rpush(told, 'started');
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  await redis.rpush(told, (signal.reason as Error).name);
  redis.disconnect();
  throw signal.reason;
});

/** Its first run computes for ever; the next returns its number. */
export const deaf = defineTask('thread.deaf', () => {
  const { fence } = local;
  while (fence === 1);
  return fence;
});

/** Puts a job, does a step once, sets an annotation; in its first run it fails then. */
export const writes = defineTask('thread.writes', async () => {
  const queue = local.getQueue();
  const handle = await queue.put(collect.job(`put by ${local.fence}`));
  const step = await local.once('step', async () => {
    await queue.put(collect.job(`put once by ${local.fence}`));
    return `once by ${local.fence}`;
  });
  await local.setLiveAnnotation('step', step);
  if (local.fence === 1) throw new RetryableError('again');
  return [handle.status, step, await local.getLiveAnnotation('step')];
});

/** Throws what cannot be read or stored as it is. */
export const throwsHostile = defineTask('thread.throwsHostile', (name: Hostile) => {
  throw hostile(name);
});

/** Returns a failure, which is to fail. */
export const returnsFailure = defineTask('thread.returnsFailure', () =>
  Failure.from(new RangeError('no more')),
);

/** Ways to leave something behind that ends the thread, once `isDue`. */
export type LeftBehind = 'timer' | 'rejection' | 'emitter' | 'exit' | 'memory';

let isDue = false;
const endings: Record<LeftBehind, () => void> = {
  timer: () => {
    throw new TypeError('left behind');
  },
  rejection: () => void Promise.reject(new TypeError('left behind')),
  emitter: () => void new EventEmitter().emit('error', new TypeError('left behind')),
  exit: () => process.exit(3),
  memory: () => {
    const many: unknown[] = [];
    for (;;) many.push(Array.from({ length: 1_000 }, () => ({ many: many.length })));
  },
};

/** Succeeds, and leaves something that ends its thread as soon as `lets` runs there. */
export const leaves = defineTask('thread.leaves', (way: LeftBehind) => {
  isDue = false;
  setInterval(() => isDue && endings[way](), 5);
  return threadId;
});

/** Replies, and ends its thread when nothing runs there any more. */
export const leavesAtOnce = defineTask('thread.leavesAtOnce', (kind: 'value' | 'failure') => {
  setImmediate(endings.timer);
  if (kind === 'failure') throw new Error('its own');
  return threadId;
});

/** Succeeds, and blocks its thread for ever. */
export const leavesLoop = defineTask('thread.leavesLoop', () => {
  // Within the turn of the event loop in which the reply is sent: no other job can be taken in
  // between.
  void (async () => {
    for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
    for (;;);
  })();
  return threadId;
});

/** Writes to all that Node shows it of its thread's way to the dispatcher, and closes that. */
export const meddles = defineTask('thread.meddles', () => {
  for (let i = 0; i < 1_000; i++)
    parentPort?.postMessage({ reply: { kind: 'value', value: '"forged"' } });
  parentPort?.close();
  return Object.keys(workerData as object);
});

/**
 * An innocent job: while its first run waits, what was left in the thread ends that; the next
 * returns its number.
 */
export const lets = defineTask('thread.lets', async () => {
  if (local.fence > 1) return local.fence;
  isDue = true;
  return await new Promise<never>(() => {});
});

/** As `lets`, but it happens when the run is told to stop. */
export const letsWhenStopped = defineTask('thread.letsWhenStopped', async () => {
  if (local.fence > 1) return local.fence;
  local.signal.addEventListener('abort', () => (isDue = true));
  return await new Promise<never>(() => {});
});

/** The marks that a preload and a loader leave in this thread. */
export const preloaded = defineTask('thread.preloaded', async () => {
  const virtual = 'drover:virtual';
  const module = (await import(virtual).catch(() => undefined)) as { default: unknown } | undefined;
  return [(globalThis as { preloaded?: string }).preloaded, module?.default, isMainThread];
});
