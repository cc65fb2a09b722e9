// Tasks for the tests of quotas: a job holds its slots until the test opens its gate.
import { defineTask, type Queue } from '@drover/core';
import { gatesByName } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';

/** The names of the jobs, in the order of their starts. */
export const order: string[] = [];

/** The gates of jobs that run until the test opens them. */
export const gateOf = gatesByName();

export const held = defineTask('quotas.held', async (name: string) => {
  order.push(name);
  await gateOf(name).opened;
  return name;
});

export const quick = defineTask('quotas.quick', (value: unknown) => value);

export async function full(
  queue: Queue,
  name: string,
  holders: number,
  waiters: number,
): Promise<void> {
  await eventually(async () => {
    const quota = await queue.quotas.get(name);
    expect([quota?.holders.length, quota?.waiters]).toEqual([holders, waiters]);
    return true;
  });
}
