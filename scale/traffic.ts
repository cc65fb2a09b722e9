// Traffic of every kind, in rounds: plain jobs, callbacks, composites, quotas, puts by tasks, steps
// done once, retries and failures.
import { parallel, serial } from '@drover/composite';
import { defineTask, local, type Job, type Queue } from '@drover/core';

const plain = defineTask('scale.plain', async (n: number) => n);
const add = defineTask('scale.add', async (...numbers: unknown[]) => numbers.length);
const fails = defineTask('scale.fails', async () => {
  throw new Error('as it was told to');
});
const puts = defineTask('scale.puts', async (n: number) => {
  await local.getQueue().put(plain.job(n));
});
const once = defineTask('scale.once', async (n: number) => {
  await local.setLiveAnnotation('step', n);
  return await local.once('step', async () => n);
});

export const QUOTA = 'scale';

/**
 * How many jobs a round has, with callbacks, parts, and what tasks put: those whose end a
 * dispatcher tells.
 */
export const ROUND = 100;

/** Puts a round and waits for all that a producer can wait for. */
export async function runRound(queue: Queue): Promise<void> {
  const jobs: Job[] = [];
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  // 40 + 10 × 2 + 2 × 7 + 6 + 5 + 2 × 5 + 3 + 2 = 100
  jobs.push(...numbers(40).map((n) => plain.job(n)));
  for (const n of numbers(10)) {
    const job = plain.job(n);
    await job.addCallback(add.job(n));
    jobs.push(job);
  }
  jobs.push(
    ...numbers(2).map(() =>
      parallel(
        numbers(5).map((n) => plain.job(n)),
        { postprocess: add.job() },
      ),
    ),
  );
  jobs.push(serial(numbers(5).map((n) => plain.job(n))));
  jobs.push(...numbers(5).map((n) => plain.job(n).with({ quotas: [QUOTA] })));
  jobs.push(...numbers(5).map((n) => puts.job(n)));
  jobs.push(...numbers(3).map((n) => once.job(n)));
  jobs.push(
    ...numbers(2).map(() =>
      fails.job().with({ retryPolicy: 'NeverRetry', failureLogLevel: 'debug' }),
    ),
  );
  await queue.putAll(jobs);
  await Promise.all(jobs.map((job) => job.wait().catch(() => undefined)));
}
