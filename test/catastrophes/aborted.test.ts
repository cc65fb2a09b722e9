// Aborted composites leave no part behind, and a job that heeds the stop is interrupted. The tests
// run side by side.
import { parallel, serial } from '@drover/composite';
import { NeverRetry } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { newUuid } from '../kit/context.js';
import { openScene, type Scene } from '../kit/scene.js';
import { abortAlways, echo, lateOnce, neverEnds, normal, sum } from '../kit/tasks.js';
import { eventually } from '../kit/wait.js';

const DEATH_INTERVAL = 500;

/** No job of the queue waits, runs or can be woken any more. */
async function expectNothingLeft(scene: Scene, name: string): Promise<void> {
  const queue = scene.queue(name);
  await eventually(async () => (await queue.length()) === 0);
  await eventually(async () => (await queue.jobs({ status: ['new', 'active'] })).length === 0);
}

it.concurrent(
  'I3 a serial of 10,000 parts that is aborted while it waits starts none of them',
  async () => {
    const scene = openScene('aborted');
    const uuid = newUuid();
    const first = neverEnds.job().with({ retryPolicy: 'NeverRetry' });
    const rest = Array.from({ length: 9_999 }, () => normal.job());
    const job = serial([first, ...rest], { postprocess: sum.job() }).with({
      retryPolicy: abortAlways,
    });
    await scene.queue('long').put(job);
    const dying = scene.worker('long', uuid);
    await dying.event('started', first.task);
    await dying.end('SIGKILL');
    const next = scene.worker('long', uuid);
    await expect(waitForResult(job, { timeout: 30_000 })).rejects.toMatchObject({
      name: 'AbortedError',
    });
    await expectNothingLeft(scene, 'long');
    expect(next.events('started').map(({ task }) => task)).not.toContain(normal.name);
    await next.end('SIGTERM');
  },
  60_000,
);

it.concurrent.each([
  ['schedule.before-suspend', abortAlways],
  // Half of its parts are scheduled, so that its task would have to run again (R2).
  ['schedule.after-chunk', NeverRetry],
] as const)(
  'I3 a composite that is aborted after a crash at %s leaves no part behind',
  async (point, retryPolicy) => {
    const scene = openScene('aborted');
    const name = point.replace('.', '-');
    const uuid = newUuid();
    const postprocess = sum.job();
    const parts = Array.from({ length: 1_500 }, () => normal.job());
    // In packs they would be one chunk.
    const job = parallel(parts, { postprocess, packed: false }).with({ retryPolicy });
    await scene.queue(name).put(job);
    const dying = scene.worker(name, uuid, point);
    expect((await dying.program.exited).signal).toBe('SIGKILL');
    const next = scene.worker(name, uuid);
    await expect(waitForResult(job, { timeout: 20_000 })).rejects.toMatchObject({
      name: 'AbortedError',
    });
    await expectNothingLeft(scene, name);
    expect(next.events('started', postprocess.task)).toEqual([]);
    await next.end('SIGTERM');
  },
);

it.concurrent('I1 a job that heeds the stop is interrupted while another one goes on', async () => {
  const scene = openScene('grace', { deathInterval: DEATH_INTERVAL });
  const gate = `${scene.prefix}:gate`;
  const heeds = neverEnds.job().with({ retryPolicy: 'NeverRetry' });
  await scene.queue('grace').putAll([heeds, lateOnce.job(gate)]);
  const stopping = scene.worker('grace', newUuid());
  await stopping.event('started', undefined, 2);
  // A stop before that would end its activation, and with it the program.
  await stopping.event('activated');
  stopping.program.kill('SIGTERM');
  const sibling = scene.worker('grace', newUuid());
  await sibling.event('activated');
  // In this time both dispatchers reconcile several times, and must find nothing to do.
  const start = performance.now();
  await eventually(() => performance.now() - start > 3 * DEATH_INTERVAL);
  expect(sibling.events('started')).toEqual([]);
  await scene.redis.rpush(gate, 'go on');
  await stopping.program.exited;
  await expect(waitForResult(heeds)).rejects.toMatchObject({ name: 'AbortedError' });
  expect((await heeds.refresh()).interruptions).toBe(1);
  expect(await waitForResult(await scene.queue('grace').put(echo.job('goes on')))).toBe('goes on');
  await sibling.end('SIGTERM');
});
