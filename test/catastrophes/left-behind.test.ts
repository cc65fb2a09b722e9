// An application whose finished job leaves a promise behind that rejects: Node ends the process,
// and with it all that runs there.
import type { Job } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { expectEndedOnce } from '../kit/events.js';
import { leavesRejection, letsOnce, pauseOnce } from '../kit/tasks.js';
import { startWorker } from '../kit/worker.js';

const context = testContext('left-behind');

it('I1, I4 a process that is ended by the remains of a finished job interrupts each job once', async () => {
  const queue = context.queue('left');
  const worker = () =>
    startWorker({
      prefix: context.prefix,
      uuid: newUuid(),
      queues: { left: { main: { size: 2 } } },
      pingInterval: 200,
      deathInterval: 1_000,
    });
  const guilty = await queue.put(leavesRejection.job());
  const first = worker();
  expect(await waitForResult(guilty)).toBe('fine');
  const other = await queue.put(pauseOnce.job(7));
  await first.event('started', 'test.pauseOnce');
  const innocent = await queue.put(letsOnce.job());
  expect(await first.program.exited).toEqual({ code: 1, signal: null });
  const sibling = worker();
  expect(await waitForResult(innocent)).toBe(2);
  expect(await waitForResult(other)).toBe(7);
  for (const [job, interruptions] of [
    [guilty, 0],
    [other, 1],
    [innocent, 1],
  ] as const)
    // prettier-ignore
    expect(await job.refresh()).toMatchObject({ interruptions });
  await expectEndedOnce(context, 'left', [guilty, other, innocent] as Job[]);
  await sibling.end('SIGTERM');
});
