// Processes are stopped, killed or paused while a worker thread computes and does not look at its
// signal (D7). The tests run side by side.
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext, type TestContext } from '../kit/context.js';
import { expectEndedOnce } from '../kit/events.js';
import { compiledKit } from '../kit/paths.js';
import { busy, deaf } from '../kit/thread-tasks.js';
import { startWorker, type WorkerProcess } from '../kit/worker.js';
import { QUICK } from './worker-processes.js';

function worker({ prefix }: TestContext, queue: string): WorkerProcess {
  const queues = { [queue]: { main: { size: 1, threads: true } } };
  const taskModules = [`${compiledKit}/thread-tasks.js`];
  return startWorker({ prefix, uuid: newUuid(), queues, taskModules, ...QUICK });
}

it.concurrent('D7 a second SIGTERM ends the thread, and the job runs again elsewhere', async () => {
  const context = testContext('threads-deaths');
  const job = await context.queue('stopped').put(deaf.job());
  const first = worker(context, 'stopped');
  await first.event('started');
  first.program.kill('SIGTERM');
  const sibling = worker(context, 'stopped');
  await sibling.event('activated');
  await first.end('SIGTERM');
  expect(first.events('deactivated')).toHaveLength(1);
  expect(await waitForResult(job)).toBe(2);
  await expectEndedOnce(context, 'stopped', [job]);
  await sibling.end('SIGTERM');
});

it.concurrent('D7 a sibling runs the job of a process that was killed', async () => {
  const context = testContext('threads-deaths');
  const job = await context.queue('killed').put(deaf.job());
  const first = worker(context, 'killed');
  await first.event('started');
  const sibling = worker(context, 'killed');
  await sibling.event('activated');
  await first.end('SIGKILL');
  expect(await waitForResult(job)).toBe(2);
  expect((await job.refresh()).interruptions).toBe(1);
  await sibling.end('SIGTERM');
});

it.concurrent('D7, I5 a zombie ends the thread whose job was interrupted', async () => {
  const context = testContext('threads-deaths');
  const queue = context.queue('paused');
  const job = await queue.put(deaf.job());
  const zombie = worker(context, 'paused');
  await zombie.event('started');
  const sibling = worker(context, 'paused');
  await sibling.event('activated');
  zombie.program.kill('SIGSTOP');
  expect(await waitForResult(job)).toBe(2);
  zombie.program.kill('SIGCONT');
  await zombie.event('deposed');
  // The event comes only when the thread has ended.
  await zombie.event('reassigned');
  await zombie.event('reactivated');
  await sibling.end('SIGTERM');
  expect(await waitForResult(await queue.put(busy.job(1)))).toBeGreaterThan(0);
  await expectEndedOnce(context, 'paused', [job]);
  await zombie.end('SIGTERM');
});
