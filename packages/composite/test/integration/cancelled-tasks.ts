// Tasks for the tests of cancelled composites, and the end that each cancelled job has.
import { CancelledError, defineTask, Failure, local, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import type { TestContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';

export const both = [
  ['serial', serial],
  ['parallel', parallel],
] as const;

export const started: string[] = [];

export const signals: string[] = [];

export const got: unknown[] = [];

export const noted = defineTask('cancel.noted', (name: string) => void started.push(name));

export const notes = defineTask(
  'cancel.notes',
  (...jobs: Job[]) => void started.push(`postprocess of ${jobs.length}`),
);

export const heeds = defineTask('cancel.heeds', async (name: string) => {
  started.push(name);
  const { signal } = local;
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  signals.push(`${name}: ${(signal.reason as Error).message}`);
  throw signal.reason;
});

export const gets = defineTask('cancel.gets', (name: string, result: unknown) => {
  got.push([name, result instanceof Failure ? result.message : result]);
});

export async function expectCancelled(message: string, ...jobs: Job[]): Promise<void> {
  for (const job of jobs) {
    await expect(job.wait({ timeout: 25_000 })).rejects.toMatchObject({
      name: CancelledError.name,
      message,
    });
    expect((await job.refresh()).interruptions).toBe(0);
  }
}

/** Nothing of the queue waits or runs any more, and no dispatcher owns any of it. */
export async function expectNothingLeft(context: TestContext, name: string): Promise<void> {
  const queue = context.queue(name);
  await eventually(async () => (await queue.length()) === 0);
  await eventually(
    async () => (await queue.jobs({ status: ['new', 'active', 'callbacks'] })).length === 0,
  );
  const owned = await context.redis.keys(`${context.prefix}:dispatcher:*:waiting`);
  for (const key of owned) {
    const members = (await context.redis.zrange(key, 0, '-1')).filter((member) =>
      member.includes(`"queue":"${name}"`),
    );
    expect(members).toEqual([]);
  }
}
