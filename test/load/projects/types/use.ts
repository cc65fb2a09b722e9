import { defineTask, Failure, local, Queue, type Job } from '@drover/core';
import { expectPut, startRedis, travel, waitForResult } from '@drover/core/testing';
import { parallel, serial } from '@drover/composite';
import { Dispatcher } from '@drover/worker';
import { runInline } from '@drover/worker/testing';

const double = defineTask('numbers.double', async (n: number) => 2 * n);
const names = defineTask('numbers.names', async () => [local.getJob().id]);

export async function use(): Promise<number> {
  const dispatcher = new Dispatcher({ queues: { numbers: { main: { size: 1, threads: false } } } });
  dispatcher.on('failed', ({ job, failure }) => console.log(job, failure instanceof Failure));
  await dispatcher.activate();
  const queue = new Queue('numbers');
  const job: Job<number> = await queue.put(double.job(4));
  const doubled: number = await job.wait();
  const both = await queue.put(serial([double.job(doubled), parallel([names.job()])]));
  await waitForResult(both);
  // @ts-expect-error a result is of the task's type: without types it would be of any
  const text: string = await job.wait();
  await queue.close();
  await dispatcher.deactivate();
  return doubled + text.length;
}

export async function useInTests(queue: Queue): Promise<number> {
  const { url } = await startRedis();
  await travel(queue, 1_000);
  const [job] = await expectPut(queue, double, [4]);
  const value: number = await job.wait();
  return value + (await runInline(double.job(4), { connection: url }));
}
