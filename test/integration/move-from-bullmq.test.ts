// Moves a service from BullMQ to Drover while it runs, as the guide says: both stand side by side,
// the old queue is drained, and delayed jobs are put again, each once.
import { Queue as BullQueue, Worker as BullWorker } from 'bullmq';
import { defineTask } from '@drover/core';
import { cleanUpLater } from '../kit/cleanup.js';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { eventually } from '../kit/wait.js';

const context = testContext('move');
const STATES = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children'] as const;

it('Q8 each job of the old queue and of the new one runs once, whatever is repeated', async () => {
  const runs: string[] = [];
  // Both call one function.
  const resize = async (file: string): Promise<string> => {
    runs.push(file);
    return `${file} is small`;
  };
  const task = defineTask('move.resize', resize);
  const connection = { url: context.redisUrl, maxRetriesPerRequest: null };
  const prefix = `${context.prefix}-bull`;
  const old = new BullQueue('images', { connection, prefix });
  cleanUpLater(() => old.close());
  await old.add('resize', { file: 'old' });
  await old.add('resize', { file: 'later' }, { delay: 60_000, jobId: 'later' });

  // Step 2: workers that have both. Step 4: producers that put into the new queue alone.
  const worker = new BullWorker('images', (job) => resize((job.data as { file: string }).file), {
    connection,
    prefix,
  });
  cleanUpLater(() => worker.close());
  await dispatchersIn(context).start('images');
  const queue = context.queue('images');
  const job = await queue.put(task.job('new'));
  expect(await job.wait()).toBe('new is small');

  // Step 5: delayed jobs are put again. The first attempt dies before it has removed the old job.
  const move = async (removes: boolean): Promise<void> => {
    for (const one of await old.getDelayed()) {
      const { file } = one.data as { file: string };
      const beginAfter = new Date(one.timestamp + one.delay);
      await queue.put(task.job(file), { beginAfter, key: one.id ?? '' });
      if (removes) await one.remove();
    }
  };
  await move(false);
  await move(true);
  await eventually(async () => {
    const counts = await old.getJobCounts(...STATES);
    return Object.values(counts).every((count) => count === 0);
  });
  expect(await queue.counts()).toMatchObject({ delayed: 1, completed: 1 });
  const later = await queue.byKey('later');
  await later?.update({ beginAfter: 0 });
  expect(await later?.wait()).toBe('later is small');
  expect(runs.sort()).toEqual(['later', 'new', 'old']);
});
