// Tasks for a thread: one leaves code behind that goes on, in the context of its run, when the job
// has ended.
import { defineTask, local, outsideRun, Queue, type Job } from '@drover/core';
import { taskRedis } from './task-redis.js';

export const echo = defineTask('leftovers.echo', (value: unknown) => value);

/** The same handle in each run of the thread, as a module may keep one. */
const kept = echo.job('kept');

/**
 * Puts the kept job in each run; the first run says so in the list `told`, and waits for the list
 * `go`.
 */
export const putsKept = defineTask('leftovers.putsKept', async (go: string, told: string) => {
  await local.getQueue().put(kept as Job);
  if (local.fence > 1) return local.fence;
  const redis = await taskRedis();
  await redis.rpush(told, 'put');
  await redis.blpop(go, 0);
  redis.disconnect();
  return local.fence;
});

/**
 * Puts a job, and ends. When the list `go` says so, it tries what belongs to a run; what came of
 * that is pushed to `told`.
 */
export const leaves = defineTask(
  'leftovers.leaves',
  async (prefix: string, go: string, told: string) => {
    const [queue, own] = [local.getQueue(), local.getJob()];
    await queue.put(kept as Job);
    const redis = await taskRedis();
    const tries: (() => Promise<unknown>)[] = [
      () => queue.put(echo.job('late') as Job),
      () => kept.addCallback(echo.job('callback') as Job),
      () => kept.update({ args: ['changed'] }),
      () => own.annotate('late', 1),
      () => own.addCallback(echo.job('callback') as Job),
      () => local.setLiveAnnotation('late', 1),
      () => local.getLiveAnnotation('late'),
      () => local.once('late', () => 1),
      () => outsideRun(() => queue.put(echo.job('outside the run') as Job)),
      async () => {
        const shared = new Queue(queue.name, {
          connection: process.env['REDIS_URL'] ?? '',
          prefix,
          immediate: true,
        });
        await shared.put(echo.job('immediate') as Job).finally(() => shared.close());
      },
    ];
    const goOn = async (): Promise<void> => {
      await redis.blpop(go, 0);
      for (const attempt of tries) {
        const came = await attempt().then(
          () => 'done',
          (error: Error) => error.name,
        );
        await redis.rpush(told, came);
      }
      redis.disconnect();
    };
    void goOn();
  },
);
