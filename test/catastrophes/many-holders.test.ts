// Several runs hold one new job, and processes die before and after one of them has stored it: it
// is stored once (J12, Q1). The tests run side by side.
import type { Job } from '@drover/core';
import type { CrashPoint } from '../kit/store.js';
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { endsByJob } from '../kit/events.js';
import { eachPass } from '../kit/nightly.js';
import { echo, holdsNew } from '../kit/tasks.js';
import { startWorker } from '../kit/worker.js';

const intervals = { pingInterval: 100, deathInterval: 500 };
const HOW = ['at once', 'with its result', 'goes on'];

const points: [CrashPoint, passes: number[]][] = [
  ['put.before', [1, 2]],
  ['put.after', [1, 2]],
  ['run.before-commit', [1, 2, 3, 4]],
  ['commit.after', [1, 2, 3, 4]],
  ['schedule.before', [1, 2]],
  ['schedule.after-chunk', [1, 2]],
];

it.concurrent.each(eachPass(points))(
  'J12, Q1 a new job with several holders ends once after a crash at %s, pass %i',
  async (point, pass) => {
    const context = testContext('many-holders-catastrophes');
    const name = 'q';
    const queue = context.queue(name);
    const served = {
      queues: { [name]: { main: { size: 2, lanes: ['main', 'side'] } } },
      uuid: newUuid(),
      ...intervals,
    };
    const jobs = HOW.flatMap((first) =>
      HOW.map((second) => ({ first, second, job: echo.job(`${first}, ${second}`) })),
    );
    const users: Job[] = [];
    for (const { first, second, job } of jobs) {
      users.push(
        holdsNew.job(first, job, 'main'),
        holdsNew.job(second, job, 'side').with({ lane: 'side' }),
      );
    }
    await queue.putAll(users as never);
    const crashing = startWorker({ prefix: context.prefix, ...served }, `${point}#${pass}`);
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const next = await dispatchersIn(context).start(name, served);
    for (const { first, second, job } of jobs)
      expect(await waitForResult(job, { timeout: 20_000 })).toBe(`${first}, ${second}`);
    for (const user of users) await waitForResult(user, { timeout: 20_000 });
    const [main, side] = [await endsByJob(context, name), await endsByJob(context, `${name}/side`)];
    const ends = jobs.map(({ job: { id } }) => (main.get(id) ?? 0) + (side.get(id) ?? 0));
    expect(ends).toEqual(jobs.map(() => 1));
    await next.deactivate();
  },
);
