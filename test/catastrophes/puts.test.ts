// Processes die around the commit of a task that puts jobs: each of these is stored once, with the
// result of the task (J6). The tests run side by side.
import { JobStatus, type Job } from '@drover/core';
import type { CrashPoint } from '../kit/store.js';
import { waitForResult } from '@drover/core/testing';
import { newUuid } from '../kit/context.js';
import { expectEndedOnce } from '../kit/events.js';
import { putsAndWaits, putsLateOnce, putsTwo, threeSteps } from '../kit/tasks.js';
import { eachPass } from '../kit/nightly.js';
import { openScene, type Scene } from '../kit/scene.js';
import { eventually } from '../kit/wait.js';

/** The jobs of that task, in any status. */
async function jobsOf(scene: Scene, name: string, task: string): Promise<Job[]> {
  const jobs = await scene.queue(name).jobs({ status: Object.values(JobStatus) });
  return jobs.filter((job) => job.task === task);
}

/** Expects that a job for each of these values was put once, and ended once. */
async function expectPutOnce(scene: Scene, name: string, values: readonly string[]): Promise<void> {
  await eventually(
    async () => (await scene.queue(name).jobs({ status: ['pending', 'active'] })).length === 0,
    {
      timeout: 20_000,
    },
  );
  const put = await jobsOf(scene, name, 'test.echo');
  expect(put.map(({ args }) => args[0]).sort()).toEqual([...values].sort());
  await expectEndedOnce(scene, name, put);
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

it.concurrent.each(eachPass(points))(
  'J6 a task puts its jobs once, with its result, after a crash at %s, pass %i',
  async (point, pass) => {
    const scene = openScene('crash-puts');
    const name = 'q';
    const uuid = newUuid();
    const jobs = await scene
      .queue(name)
      .putAll([putsTwo.job(1), putsAndWaits.job(2), putsTwo.job(3), putsAndWaits.job(4)] as Job[]);
    const crashing = scene.worker(name, uuid, `${point}#${pass}`);
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor(name, uuid);
    const results = [];
    for (const job of jobs) results.push(await waitForResult(job, { timeout: 20_000 }));
    expect(results).toEqual([1, '2b', 3, '4b']);
    await expectPutOnce(scene, name, ['1a', '1b', '2a', '2b', '3a', '3b', '4a', '4b']);
    await expectEndedOnce(scene, name, jobs);
    await next.stop();
  },
);

const callbackPoints: [CrashPoint, passes: number[]][] = [
  ['run.before-commit', [1, 2, 3, 4, 5]],
  ['commit.after', [1, 2, 4, 6]],
];

it.concurrent.each(eachPass(callbackPoints))(
  'J6, J7 a job and its callback put jobs once, after a crash at %s, pass %i',
  async (point, pass) => {
    const scene = openScene('callbacks-puts');
    const name = 'q';
    const uuid = newUuid();
    const [first, second] = [putsTwo.job(1), putsAndWaits.job(2)];
    const callbacks: Job[] = [];
    for (const job of [first, second] as Job[])
      callbacks.push(await job.addCallback(putsTwo.job() as Job));
    await scene.queue(name).putAll([first, second] as Job[]);
    const crashing = scene.worker(name, uuid, `${point}#${pass}`);
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor(name, uuid);
    expect(await waitForResult(first, { timeout: 20_000 })).toBe(1);
    expect(await waitForResult(second, { timeout: 20_000 })).toBe('2b');
    await expectPutOnce(scene, name, ['1a', '1b', '1a', '1b', '2a', '2b', '2ba', '2bb']);
    await expectEndedOnce(scene, name, [first, second, ...callbacks] as Job[]);
    await next.stop();
  },
);

it.concurrent.each<[CrashPoint, number]>([
  ['run.before-commit', 1],
  ['once.after', 1],
  ['once.after', 2],
  ['once.after', 3],
])(
  'O5 each step is done once, and puts once, after a crash at %s, pass %i',
  async (point, pass) => {
    const scene = openScene('once-puts');
    const name = 'q';
    const uuid = newUuid();
    const counts = `${scene.prefix}:${name}-counts`;
    const job = await scene.queue(name).put(threeSteps.job(counts));
    // With one slot, a job that a step has put does not run beside the steps: its own end would
    // pass the crash point in the middle of the next step.
    const crashing = scene.worker(name, uuid, `${point}#${pass}`, 1);
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor(name, uuid);
    expect(await waitForResult(job, { timeout: 20_000 })).toEqual(['a', 'b', 'c']);
    expect(await scene.redis.hgetall(counts)).toEqual({ a: '1', b: '1', c: '1' });
    await expectPutOnce(scene, name, ['a', 'b', 'c']);
    await next.stop();
  },
);

it.concurrent('I5, J6 the puts of a zombie are refused with its result', async () => {
  const scene = openScene('zombie');
  const name = 'q';
  const gate = `${scene.prefix}:gate`;
  const zombie = scene.worker(name, newUuid());
  const job = await scene.queue(name).put(putsLateOnce.job(gate));
  await zombie.event('started');
  const sibling = await scene.survivor(name, newUuid());
  zombie.program.kill('SIGSTOP');
  expect(await waitForResult(job, { timeout: 20_000 })).toBe('in time');
  await scene.redis.rpush(gate, 'go on');
  zombie.program.kill('SIGCONT');
  await zombie.event('reassigned');
  await expectPutOnce(scene, name, ['put by claim 2']);
  await sibling.stop();
  await zombie.end('SIGTERM');
});
