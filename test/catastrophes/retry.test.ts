// Deaths while a composite runs again: what failed runs to success, what succeeded before is never
// run again (O3).
import { parallel, serial, type Composite } from '@drover/composite';
import type { Job } from '@drover/core';
import type { CrashPoint } from '@drover/core/internal';
import { waitForResult } from '@drover/core/testing';
import { endsByJob } from '../kit/events.js';
import { newUuid, testContext } from '../kit/context.js';
import { echo, failOnce, sumFailingOnce } from '../kit/tasks.js';
import { startSurvivor } from '../kit/survivor.js';
import { eventually } from '../kit/wait.js';
import { startWorker, type WorkerProcess } from '../kit/worker.js';

const context = testContext('retry-deaths');
let queues = 0;

const size = 20;
const intervals = { pingInterval: 100, deathInterval: 500 };

function worker(queue: string, uuid: string, crashPoint: string): WorkerProcess {
  return startWorker(
    { prefix: context.prefix, uuid, queues: { [queue]: { main: { size } } }, ...intervals },
    crashPoint,
  );
}

const survivor = (queue: string, uuid: string) =>
  startSurvivor(context, queue, { uuid, size, ...intervals });

/**
 * A composite that has failed: in a row one part, side by side more parts than one chunk, of which
 * some failed.
 */
async function failed(name: string): Promise<{ top: Composite; twice: Job[]; once: Job[] }> {
  const row = [echo.job(1), failOnce.job(2), echo.job(3)];
  const many = Array.from({ length: 1_100 }, (_, i) =>
    i % 500 === 7 ? failOnce.job(1) : echo.job(1),
  );
  const inner = serial(row, { postprocess: sumFailingOnce.job() as Job });
  const wide = parallel(many, { postprocess: sumFailingOnce.job() as Job });
  const top = serial([inner, wide] as Job[], { postprocess: sumFailingOnce.job() as Job });
  await context.queue(name).put(top);
  const first = await survivor(name, newUuid());
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

it.each(points)(
  'O3 a crash at %s, on its pass %i: after a restart each failed job ends once more, no other',
  async (point, pass) => {
    const name = `retry-${++queues}`;
    const uuid = newUuid();
    const { top, twice, once } = await failed(name);
    await top.retry();
    const crashing = worker(name, uuid, `${point}#${pass}`);
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const next = await survivor(name, uuid);
    expect(await waitForResult(top, { timeout: 60_000 })).toBe(6 + 1_100);
    await eventually(async () => (await context.queue(name).length()) === 0);
    const ends = await endsByJob(context, name);
    expect(twice.map(({ id, task }) => [task, ends.get(id)])).toEqual(
      twice.map(({ task }) => [task, 2]),
    );
    expect(new Set(once.map(({ id }) => ends.get(id)))).toEqual(new Set([1]));
    await next.stop();
  },
  120_000,
);
