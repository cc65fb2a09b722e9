// Tasks for the tests of cancels, and the end that each cancelled job has.
import { CancelledError, defineTask, Failure, JobStatus, local, type Job } from '@drover/core';
import { aborted, gatesByName } from '../../../../test/kit/gate.js';

export const started: string[] = [];

/** The gate of a task that ignores its signal. */
export const gateOf = gatesByName();

export const noted = defineTask('cancel.noted', (name: string) => void started.push(name));

export const stubborn = defineTask('cancel.stubborn', async (name: string) => {
  started.push(name);
  await gateOf(name).opened;
  return 'late';
});

export const heeds = defineTask('cancel.heeds', async () => await aborted(local.signal));

export const got: unknown[] = [];

export const gets = defineTask('cancel.gets', (result: unknown) => {
  got.push(result instanceof Failure ? [result.name, result.message, result.code] : result);
});

export const cancelled = (message: string) => ({
  name: CancelledError.name,
  code: 'DROVER_CANCELLED',
  message,
});

export async function expectCancelled(job: Job, message: string): Promise<void> {
  await expect(job.wait({ timeout: 10_000 })).rejects.toMatchObject(cancelled(message));
  expect(await job.refresh()).toMatchObject({ status: JobStatus.COMPLETED, interruptions: 0 });
}
