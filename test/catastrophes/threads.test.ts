// Processes with worker threads that are stopped, killed, or paused while a thread computes and
// takes no notice (D7).
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { expectEndedOnce } from '../kit/events.js';
import { compiledKit } from '../kit/paths.js';
import { busy, deaf } from '../kit/thread-tasks.js';
import { startWorker, type WorkerProcess } from '../kit/worker.js';

const context = testContext('threads-deaths');
const QUICK = { pingInterval: 200, deathInterval: 1_000 };

function worker(queue: string): WorkerProcess {
  const queues = { [queue]: { main: { size: 1, threads: true } } };
  const taskModules = [`${compiledKit}/thread-tasks.js`];
  return startWorker({ prefix: context.prefix, uuid: newUuid(), queues, taskModules, ...QUICK });
}

it('D7 SIGTERM, twice: the thread is ended, the process ends, and the job runs again elsewhere', async () => {
  const job = await context.queue('stopped').put(deaf.job());
  const first = worker('stopped');
  await first.event('started');
  first.program.kill('SIGTERM');
  const sibling = worker('stopped');
  await sibling.event('activated');
  await first.end('SIGTERM');
  expect(first.events('deactivated')).toHaveLength(1);
  expect(await waitForResult(job)).toBe(2);
  await expectEndedOnce(context, 'stopped', [job]);
  await sibling.end('SIGTERM');
});

it('D7 SIGKILL: a sibling runs the job', async () => {
  const job = await context.queue('killed').put(deaf.job());
  const first = worker('killed');
  await first.event('started');
  const sibling = worker('killed');
  await sibling.event('activated');
  await first.end('SIGKILL');
  expect(await waitForResult(job)).toBe(2);
  expect((await job.refresh()).interruptions).toBe(1);
  await sibling.end('SIGTERM');
});

it('D7, I5 SIGSTOP past the death interval, then SIGCONT: the thread whose job was taken away is ended', async () => {
  const queue = context.queue('paused');
  const job = await queue.put(deaf.job());
  const zombie = worker('paused');
  await zombie.event('started');
  const sibling = worker('paused');
  await sibling.event('activated');
  zombie.program.kill('SIGSTOP');
  expect(await waitForResult(job)).toBe(2);
  zombie.program.kill('SIGCONT');
  await zombie.event('deposed');
  // A run ends, and is told, only when its thread has.
  await zombie.event('reassigned');
  await zombie.event('reactivated');
  await sibling.end('SIGTERM');
  expect(await waitForResult(await queue.put(busy.job(1)))).toBeGreaterThan(0);
  await expectEndedOnce(context, 'paused', [job]);
  await zombie.end('SIGTERM');
});
