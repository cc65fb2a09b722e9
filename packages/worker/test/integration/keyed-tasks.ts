// Tasks for the tests of keys: a job runs until the test opens its gate.
import { defineTask, type Job, type Queue } from '@drover/core';
import { gatesByName } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';

/** The names of the jobs, in the order of their starts. */
export const started: string[] = [];
export const gateOf = gatesByName();

export const held = defineTask('keyed.held', async (name: string) => {
  started.push(name);
  await gateOf(name).opened;
  return name;
});

export const quick = defineTask('keyed.quick', (name: string) => {
  started.push(name);
  return name;
});

export const fails = defineTask('keyed.fails', (name: string) => {
  started.push(name);
  throw new RangeError(`${name} failed`);
});

/** A job that is not to run where another one has the key. */
export const holds = (key: string, name = `not ${key}`): Job<unknown, []> =>
  quick.job(name).with({ key }) as unknown as Job<unknown, []>;

export async function untilActive(queue: Queue, { id }: Job): Promise<void> {
  await eventually(async () => (await queue.get(id))?.status === 'active');
}

/** Puts a job that runs until its gate is opened, and waits for its start. */
export async function putHeld(
  queue: Queue,
  name: string,
  options: Parameters<Queue['put']>[1] = {},
): Promise<Job<string>> {
  const job = await queue.put(held.job(name), { key: name, ...options });
  await eventually(() => started.includes(name));
  return job;
}
