// Options of BullMQ's, given to each place that takes options: the error names ours (B2).
import { defineTask, InvalidArgumentError, Queue, type Job } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';

const work = defineTask('bullmq-options.work', () => {});
const queue = new Queue('odd', { connection: 'redis://127.0.0.1:1' });
cleanUpLater(() => queue.close());
const job = work.job() as Job;
const dispatcher = (options: object) => () =>
  void new Dispatcher({ queues: { odd: { main: {} } }, ...options });

it.each<[string, () => unknown, string]>([
  [
    'put',
    () => queue.put(work.job(), { delay: 5 } as never),
    'a job has no option "delay": use beginAfter',
  ],
  ['put', () => queue.put(work.job(), { jobId: 'a' } as never), '"jobId": use key'],
  ['putAll', () => queue.putAll([work.job()], { lifo: true } as never), '"lifo": '],
  ['with', () => job.with({ attempts: 3 } as never), '"attempts": use retryPolicy'],
  [
    'update',
    () => job.update({ delay: 0 } as never),
    'update has no option "delay": use beginAfter',
  ],
  ['Queue', () => new Queue('q', { settings: {} } as never), 'a queue has no option "settings": '],
  [
    'defaultJobOptions',
    () => new Queue('q', { defaultJobOptions: { removeOnFail: true } } as never),
    '"removeOnFail": use keepCompleted',
  ],
  [
    'Dispatcher',
    dispatcher({ concurrency: 5 }),
    'a dispatcher has no option "concurrency": use size',
  ],
  ['Dispatcher', dispatcher({ lockDuration: 5 }), '"lockDuration": a job is held'],
  [
    'an agent',
    dispatcher({ queues: { odd: { main: { concurrency: 5 } } } }),
    'queues.odd.main has no option "concurrency": use size',
  ],
  [
    'a schedule',
    () => queue.schedules.set('a', { pattern: '0 3 * * *' } as never, work),
    'the times of a schedule has no option "pattern": use cron',
  ],
])('B2 %s names the option that takes the place: %#', async (_, give, why) => {
  const given = (async () => await give())();
  await expect(given).rejects.toThrow(InvalidArgumentError);
  await expect(given).rejects.toThrow(why);
});
