// What is not to run again does not: composites that are aborted, and jobs that stop while others
// may still go on.
import { parallel, serial } from '@drover/composite';
import { NeverRetry } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { abortAlways, echo, lateOnce, neverEnds, normal, sum } from '../kit/tasks.js';
import { eventually } from '../kit/wait.js';
import { startWorker, type WorkerProcess } from '../kit/worker.js';

const context = testContext('aborted');
const QUICK = { pingInterval: 100, deathInterval: 500 };

function worker(queue: string, uuid: string, crashPoint?: string): WorkerProcess {
  return startWorker(
    { prefix: context.prefix, uuid, queues: { [queue]: { main: { size: 2 } } }, ...QUICK },
    crashPoint,
  );
}

/** Nothing of it waits, runs or can be woken any more. */
async function expectNothingLeft(name: string): Promise<void> {
  const queue = context.queue(name);
  await eventually(async () => (await queue.length()) === 0);
  await eventually(async () => (await queue.jobs({ status: ['new', 'active'] })).length === 0);
}

it('I3 a serial of 10,000 parts that is aborted while it waits starts none of them', async () => {
  const uuid = newUuid();
  const first = neverEnds.job().with({ retryPolicy: 'NeverRetry' });
  const rest = Array.from({ length: 9_999 }, () => normal.job());
  const job = serial([first, ...rest], { postprocess: sum.job() }).with({
    retryPolicy: abortAlways,
  });
  await context.queue('long').put(job);
  const dying = worker('long', uuid);
  await dying.event('started', first.task);
  await dying.end('SIGKILL');
  const next = worker('long', uuid);
  await expect(waitForResult(job, { timeout: 30_000 })).rejects.toMatchObject({
    name: 'AbortedError',
  });
  await expectNothingLeft('long');
  expect(next.events('started').map(({ task }) => task)).not.toContain(normal.name);
  await next.end('SIGTERM');
}, 60_000);

it.each([
  ['schedule.before-suspend', abortAlways],
  // Half of its parts are scheduled, so that its task would have to run again (R2).
  ['schedule.after-chunk', NeverRetry],
] as const)(
  'I3 a composite that is aborted before it waits (a crash at %s) leaves nothing behind',
  async (point, retryPolicy) => {
    const name = point.replace('.', '-');
    const uuid = newUuid();
    const postprocess = sum.job();
    const parts = Array.from({ length: 1_500 }, () => normal.job());
    const job = parallel(parts, { postprocess }).with({ retryPolicy });
    await context.queue(name).put(job);
    const dying = worker(name, uuid, point);
    expect((await dying.program.exited).signal).toBe('SIGKILL');
    const next = worker(name, uuid);
    await expect(waitForResult(job, { timeout: 20_000 })).rejects.toMatchObject({
      name: 'AbortedError',
    });
    await expectNothingLeft(name);
    expect(next.events('started', postprocess.task)).toEqual([]);
    await next.end('SIGTERM');
  },
);

it('I1 a job that heeds the stop is interrupted, also where another one keeps its dispatcher from stopping', async () => {
  const gate = `${context.prefix}:gate`;
  const heeds = neverEnds.job().with({ retryPolicy: 'NeverRetry' });
  await context.queue('grace').putAll([heeds, lateOnce.job(gate)]);
  const stopping = worker('grace', newUuid());
  await stopping.event('started', undefined, 2);
  // A stop before that would end its activation, and with it the program.
  await stopping.event('activated');
  stopping.program.kill('SIGTERM');
  const sibling = worker('grace', newUuid());
  await sibling.event('activated');
  // For some audits of the one that stops and of its sibling, all of which have nothing to do.
  const start = performance.now();
  await eventually(() => performance.now() - start > 3 * QUICK.deathInterval);
  expect(sibling.events('started')).toEqual([]);
  await context.redis.rpush(gate, 'go on');
  await stopping.program.exited;
  await expect(waitForResult(heeds)).rejects.toMatchObject({ name: 'AbortedError' });
  expect((await heeds.refresh()).interruptions).toBe(1);
  expect(await waitForResult(await context.queue('grace').put(echo.job('goes on')))).toBe(
    'goes on',
  );
  await sibling.end('SIGTERM');
});
