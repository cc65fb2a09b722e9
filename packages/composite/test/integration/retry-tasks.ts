// Tasks for the tests of retried composites: each fails as long as its name is in a set.
import { defineTask, Failure, type Job } from '@drover/core';
import type { TestContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';

/** The runs in order, and the jobs that fail. */
export const ran: string[] = [];

export const failing = new Set<string>();

export const step = defineTask('retry.step', (name: string) => {
  ran.push(name);
  if (failing.has(name)) throw new Error(`${name} failed`);
  return name;
});

/** Returns the results of its jobs, or fails with the first failure. */
export const strict = defineTask('retry.strict', (name: string, ...jobs: Job[]) => {
  ran.push(name);
  const failure = jobs.map(({ result }) => result).find((result) => result instanceof Failure);
  if (failure) throw failure.toError();
  if (failing.has(name)) throw new Error(`${name} failed`);
  return jobs.map(({ result }) => result);
});

export const post = (name: string) => strict.job(name) as unknown as Job;

export async function expectNothingLeft(context: TestContext, name: string): Promise<void> {
  const queue = context.queue(name);
  await eventually(async () => (await queue.length()) === 0);
  expect(await queue.jobs({ status: ['new', 'pending', 'active', 'callbacks'] })).toEqual([]);
}

/** Puts the job, and waits for its failure. */
export async function failed<J extends Job>(
  context: TestContext,
  queue: string,
  job: J,
  message: string,
): Promise<J> {
  await context.queue(queue).put(job);
  await expect(job.wait({ timeout: 60_000 })).rejects.toThrow(message);
  return job;
}
