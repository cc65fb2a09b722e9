// Configuration, "Logging and monitoring": what a dispatcher says of itself, in its own process.
import { defineTask } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn, hasStarted } from '../kit/dispatchers.js';

const context = testContext('usage-monitoring');
const dispatchers = dispatchersIn(context);

const sendMessage = defineTask('monitoring.sendMessage', async (to: string) => `sent to ${to}`);

// Statistics count what was started and how it ended, with the shortest and the longest job of each
// kind: here there is but one. `jobInfo` has more about that one. It shows neither arguments nor
// results: those who may see them ask the queue for the job.
it('D8 statistics count ended jobs and their durations', async () => {
  const dispatcher = await dispatchers.start('messages');
  const queue = context.queue('messages');
  const job = await queue.put(sendMessage.job('another machine'));
  await job.wait();
  await dispatcher.deactivate();

  const { started, successful, failed, unknown } = dispatcher.statistics();
  expect([started, successful.count, failed.count, unknown.count]).toEqual([1, 1, 0, 0]);
  expect(successful.longest?.id).toBe(job.id);

  const info = dispatcher.jobInfo(job.id);
  expect(info).toMatchObject({
    task: 'monitoring.sendMessage',
    queue: 'messages',
    agent: 'main',
    state: 'successful',
  });
  expect(info?.ended).toBeGreaterThanOrEqual(info?.started as number);
  expect(JSON.stringify(info)).not.toContain('another machine');
});

// A job in progress is among the active ones.
it('D8 activeJobs lists running jobs', async () => {
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const waitForMe = defineTask('monitoring.waitForMe', () => finished);
  const dispatcher = await dispatchers.start('progress');
  const job = waitForMe.job();
  const started = hasStarted(dispatcher, job);
  await context.queue('progress').put(job);
  await started;
  expect(dispatcher.activeJobs().map(({ id }) => id)).toEqual([job.id]);
  expect(dispatcher.jobInfo(job.id)).toMatchObject({ state: 'active', ended: undefined });
  expect(dispatcher.statistics().active).toMatchObject({ count: 1, longest: { id: job.id } });

  finish();
  await job.wait();
});

// A poll is what the agents asked for and got in a few seconds. The first in the list goes on
// still.
it('D8 polls list the claims of agents', async () => {
  const dispatcher = await dispatchers.start('polled');
  const job = await context.queue('polled').put(sendMessage.job('you'));
  await job.wait();
  const lanes = dispatcher.polls().flatMap((poll) => poll.lanes);
  expect(lanes.find(({ claimed }) => claimed > 0)).toMatchObject({
    queue: 'polled',
    agent: 'main',
    jobs: [job.id],
    errors: 0,
  });
});
