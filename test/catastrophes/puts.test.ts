// Jobs that a task puts, and processes that die around its commit: each is put once, with the
// result of its job (J6).
import { JobStatus, type Job } from '@drover/core';
import type { CrashPoint } from '@drover/core/internal';
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { expectEndedOnce } from '../kit/events.js';
import { putsAndWaits, putsLateOnce, putsTwo, threeSteps } from '../kit/tasks.js';
import { lastUnlessNightly } from '../kit/nightly.js';
import { startSurvivor } from '../kit/survivor.js';
import { eventually } from '../kit/wait.js';
import { startWorker, type WorkerProcess } from '../kit/worker.js';

const context = testContext('puts-catastrophes');
let queues = 0;

const intervals = { pingInterval: 100, deathInterval: 500 };

function worker(queue: string, uuid: string, crashPoint?: string, size = 2): WorkerProcess {
  return startWorker(
    { prefix: context.prefix, uuid, queues: { [queue]: { main: { size } } }, ...intervals },
    crashPoint,
  );
}

const survivor = (queue: string, uuid: string) =>
  startSurvivor(context, queue, { uuid, ...intervals });

/** The jobs of that task, whatever has become of them. */
async function jobsOf(name: string, task: string): Promise<Job[]> {
  const jobs = await context.queue(name).jobs({ status: Object.values(JobStatus) });
  return jobs.filter((job) => job.task === task);
}

/** Expects that each of these was put once, and ended once. */
async function expectPutOnce(name: string, values: readonly string[]): Promise<void> {
  await eventually(
    async () => (await context.queue(name).jobs({ status: ['pending', 'active'] })).length === 0,
    {
      timeout: 20_000,
    },
  );
  const put = await jobsOf(name, 'test.echo');
  expect(put.map(({ args }) => args[0]).sort()).toEqual([...values].sort());
  await expectEndedOnce(context, name, put);
}

const points: [CrashPoint, passes: number[]][] = [
  ['claim.after', [1]],
  ['run.before-commit', [1, 2, 3, 4]],
  ['commit.after', [1, 2, 3, 4, 5, 6]],
  ['schedule.before', [1, 2]],
  ['schedule.after-chunk', [1, 2]],
  ['schedule.before-suspend', [1, 2]],
  ['schedule.after-suspend', [1, 2]],
];

describe.each(points)('J6 a crash at %s', (point, passes) => {
  it.each(lastUnlessNightly(passes))(
    'on its pass %i: what each task puts is put once, with its result',
    async (pass) => {
      const name = `crash-${++queues}`;
      const uuid = newUuid();
      const jobs = await context
        .queue(name)
        .putAll([
          putsTwo.job(1),
          putsAndWaits.job(2),
          putsTwo.job(3),
          putsAndWaits.job(4),
        ] as Job[]);
      const crashing = worker(name, uuid, `${point}#${pass}`);
      expect((await crashing.program.exited).signal).toBe('SIGKILL');
      const next = await survivor(name, uuid);
      const results = [];
      for (const job of jobs) results.push(await waitForResult(job, { timeout: 20_000 }));
      expect(results).toEqual([1, '2b', 3, '4b']);
      await expectPutOnce(name, ['1a', '1b', '2a', '2b', '3a', '3b', '4a', '4b']);
      await expectEndedOnce(context, name, jobs);
      await next.stop();
    },
  );
});

const callbackPoints: [CrashPoint, passes: number[]][] = [
  ['callbacks.before-result', [1, 2]],
  ['run.before-commit', [2, 3, 4]],
  ['commit.after', [1, 2, 4, 6]],
];

describe.each(callbackPoints)('J6, J7 with callbacks, a crash at %s', (point, passes) => {
  it.each(lastUnlessNightly(passes))(
    'on its pass %i: what a job and its callback put is put once, each with its result',
    async (pass) => {
      const name = `callbacks-${++queues}`;
      const uuid = newUuid();
      const [first, second] = [putsTwo.job(1), putsAndWaits.job(2)];
      const callbacks: Job[] = [];
      for (const job of [first, second] as Job[])
        callbacks.push(await job.addCallback(putsTwo.job() as Job));
      await context.queue(name).putAll([first, second] as Job[]);
      const crashing = worker(name, uuid, `${point}#${pass}`);
      expect((await crashing.program.exited).signal).toBe('SIGKILL');
      const next = await survivor(name, uuid);
      expect(await waitForResult(first, { timeout: 20_000 })).toBe(1);
      expect(await waitForResult(second, { timeout: 20_000 })).toBe('2b');
      await expectPutOnce(name, ['1a', '1b', '1a', '1b', '2a', '2b', '2ba', '2bb']);
      await expectEndedOnce(context, name, [first, second, ...callbacks] as Job[]);
      await next.stop();
    },
  );
});

describe.each<CrashPoint>(['run.before-commit', 'once.after'])('O5 a crash at %s', (point) => {
  it.each(point === 'once.after' ? [1, 2, 3] : [1])(
    'on its pass %i: each step is done once, and puts once',
    async (pass) => {
      const name = `once-${++queues}`;
      const uuid = newUuid();
      const counts = `${context.prefix}:${name}-counts`;
      const job = await context.queue(name).put(threeSteps.job(counts));
      // What a step puts is not run beside it: its end would pass the point in the middle of the
      // next step.
      const crashing = worker(name, uuid, `${point}#${pass}`, 1);
      expect((await crashing.program.exited).signal).toBe('SIGKILL');
      const next = await survivor(name, uuid);
      expect(await waitForResult(job, { timeout: 20_000 })).toEqual(['a', 'b', 'c']);
      expect(await context.redis.hgetall(counts)).toEqual({ a: '1', b: '1', c: '1' });
      await expectPutOnce(name, ['a', 'b', 'c']);
      await next.stop();
    },
  );
});

it('I5, J6 SIGSTOP past the death interval, then SIGCONT: what the late run has put is refused with its result', async () => {
  const name = 'zombie';
  const gate = `${context.prefix}:gate`;
  const zombie = worker(name, newUuid());
  const job = await context.queue(name).put(putsLateOnce.job(gate));
  await zombie.event('started');
  const sibling = await survivor(name, newUuid());
  zombie.program.kill('SIGSTOP');
  expect(await waitForResult(job, { timeout: 20_000 })).toBe('in time');
  await context.redis.rpush(gate, 'go on');
  zombie.program.kill('SIGCONT');
  await zombie.event('reassigned');
  await expectPutOnce(name, ['put by claim 2']);
  await sibling.stop();
  await zombie.end('SIGTERM');
});
