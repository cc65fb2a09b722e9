// Processes die while a retried composite runs again: the failed jobs end once more, the others do
// not run (O3). The tests run side by side.
import { parallel, serial, type Composite } from '@drover/composite';
import type { Job } from '@drover/core';
import type { CrashPoint } from '../kit/store.js';
import { waitForResult } from '@drover/core/testing';
import { endsByJob } from '../kit/events.js';
import { newUuid } from '../kit/context.js';
import { openScene, type Scene } from '../kit/scene.js';
import { echo, failOnce, sumFailingOnce } from '../kit/tasks.js';
import { eventually } from '../kit/wait.js';

/**
 * A composite that has failed: a serial, and a parallel with more parts than one chunk. Some parts
 * of each have failed.
 */
async function failed(
  scene: Scene,
  name: string,
): Promise<{ top: Composite; twice: Job[]; once: Job[] }> {
  const row = [echo.job(1), failOnce.job(2), echo.job(3)];
  const many = Array.from({ length: 1_100 }, (_, i) =>
    i % 500 === 7 ? failOnce.job(1) : echo.job(1),
  );
  const inner = serial(row, { postprocess: sumFailingOnce.job() as Job });
  const wide = parallel(many, { postprocess: sumFailingOnce.job() as Job });
  const top = serial([inner, wide] as Job[], { postprocess: sumFailingOnce.job() as Job });
  await scene.queue(name).put(top);
  const first = await scene.survivor(name, newUuid());
  await expect(waitForResult(top, { timeout: 60_000 })).rejects.toThrow('the first run');
  await first.stop();
  const posts = [inner, wide, top].map(({ postprocess }) => postprocess as Job);
  const isFailing = ({ task }: Job) => task === failOnce.name;
  const twice = [...row, ...many].filter(isFailing).concat(posts, inner, wide, top);
  return { top, twice, once: [...row, ...many].filter((job) => !isFailing(job)) };
}

const points: [CrashPoint, number][] = [
  ['schedule.before', 2],
  ['schedule.after-chunk', 1],
  ['schedule.after-chunk', 3],
  ['schedule.before-suspend', 2],
  ['claim.after', 2],
  ['claim.after', 5],
  ['commit.after', 3],
  ['run.before-commit', 4],
];

it.concurrent.each(points)(
  'O3 only failed jobs end once more after a retry, a crash at %s, pass %i, and a restart',
  async (point, pass) => {
    const scene = openScene('retry-deaths', { size: 20 });
    const name = 'q';
    const uuid = newUuid();
    const { top, twice, once } = await failed(scene, name);
    await top.retry();
    const crashing = scene.worker(name, uuid, `${point}#${pass}`);
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor(name, uuid);
    expect(await waitForResult(top, { timeout: 60_000 })).toBe(6 + 1_100);
    await eventually(async () => (await scene.queue(name).length()) === 0);
    const ends = await endsByJob(scene, name);
    expect(twice.map(({ id, task }) => [task, ends.get(id)])).toEqual(
      twice.map(({ task }) => [task, 2]),
    );
    expect(new Set(once.map(({ id }) => ends.get(id)))).toEqual(new Set([1]));
    await next.stop();
  },
  120_000,
);
