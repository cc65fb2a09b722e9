// Dispatchers that die while they run packed parts (docs/protocol/packs.md): killed by a part, at a
// crash point, or paused. The tests run side by side, each with a queue and UUIDs of its own.
import { parallel, serial, type Composite } from '@drover/composite';
import { NeverRetry, type Job } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { newUuid } from '../kit/context.js';
import { expectEndedOnce } from '../kit/events.js';
import { openScene } from '../kit/scene.js';
import type { CrashPoint } from '../kit/store.js';
import {
  diesAtEnd,
  echo,
  lateOnce,
  normal,
  pauseOnce,
  poison,
  sumPausingOnce,
} from '../kit/tasks.js';
import { PATIENCE } from './worker-processes.js';

const PACKED = { packed: true };
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const echoes = (count: number): Job[] => upTo(count).map((i) => echo.job(i) as Job);

type Compose = (parts: readonly Job[], options: { packed: boolean }) => Composite<unknown>;
/** `before`: so many short jobs come before its packs. A parallel is run as packs after them. */
const kinds: [kind: string, compose: Compose, before: number][] = [
  ['serial', serial as Compose, 0],
  ['parallel', parallel as Compose, 80],
];

const interruptionsOf = async (jobs: readonly Job[]): Promise<number[]> => {
  const counts = [];
  for (const job of jobs) counts.push((await job.refresh()).interruptions);
  return counts;
};

it.concurrent.each(kinds)(
  'R3 of a packed %s the part that kills its process is interrupted alone from its second claim on',
  async (kind, compose, before) => {
    const scene = openScene('packs-poison', { size: 1 });
    const queue = scene.queue('q');
    const parts = echoes(24);
    const killer = poison.job() as Job;
    parts[12] = killer;
    // Its policy allows no interrupt: it is in no pack.
    const careful = echo.job(20).with({ retryPolicy: NeverRetry }) as Job;
    parts[20] = careful;
    const whole = compose(parts, PACKED);
    await queue.putAll([whole as Job, ...echoes(before)]);
    const others = parts.filter((part) => part !== killer);
    for (let death = 1; death <= 2; death++) {
      const victim = scene.worker('q', newUuid());
      expect((await victim.program.exited).signal).toBe('SIGKILL');
      const counts = await interruptionsOf(others);
      // The steps of a serial run one by one; the parts of a pack of a parallel may all have begun.
      if (kind === 'serial') expect(counts).toEqual(others.map(() => 0));
      else expect(Math.max(...counts)).toBeLessThanOrEqual(1);
    }
    expect((await killer.refresh()).interruptions).toBe(1);
    await killer.cancel('poison');
    const last = await scene.survivor('q', newUuid());
    const results = upTo(24).map((i) =>
      i === 12 ? expect.objectContaining({ message: 'poison' }) : i,
    );
    expect(await waitForResult(whole, PATIENCE)).toEqual(results);
    expect(Math.max(...(await interruptionsOf(others)))).toBeLessThanOrEqual(
      kind === 'serial' ? 0 : 1,
    );
    expect((await careful.refresh()).interruptions).toBe(0);
    await expectEndedOnce(scene, 'q', [whole as Job, ...parts]);
    await last.stop();
  },
  60_000,
);

it.concurrent('R3 the steps before one that kills its process never run again', async () => {
  const scene = openScene('packs-steps', { size: 1 });
  const steps = [...echoes(6), pauseOnce.job('paused' as never) as Job, ...echoes(3)];
  const whole = serial(steps, PACKED);
  await scene.queue('q').put(whole);
  const victim = scene.worker('q', newUuid());
  await victim.event('started', pauseOnce.name);
  await victim.end('SIGKILL');
  const next = scene.worker('q', newUuid());
  expect(await waitForResult(whole, PATIENCE)).toEqual([...upTo(6), 'paused', ...upTo(3)]);
  await next.end('SIGTERM');
  expect(victim.events('started', echo.name)).toHaveLength(6);
  expect(next.events('started', echo.name)).toHaveLength(3);
  expect(await interruptionsOf(steps)).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
  await expectEndedOnce(scene, 'q', [whole as Job, ...steps]);
});

it.concurrent.each(kinds)(
  'I1, I2 a packed %s outlives two kills, in a part and in the postprocess',
  async (kind, compose, before) => {
    const scene = openScene('packs-killed');
    const parts = [normal.job(), pauseOnce.job(17)] as Job[];
    const options = { ...PACKED, postprocess: sumPausingOnce.job() as Job };
    const whole = compose(parts, options);
    const postprocess = whole.postprocess as Job;
    await scene.queue('q').putAll([whole as Job, ...echoes(before)]);
    for (const [i, { task }] of [parts[1] as Job, postprocess].entries()) {
      const victim = scene.worker('q', newUuid());
      await victim.event('started', task);
      // The other part has its value by then, or is run once more.
      if (i === 0) await waitForResult(parts[0] as Job, PATIENCE);
      await victim.end('SIGKILL');
    }
    const last = await scene.survivor('q', newUuid());
    expect(await waitForResult(whole, PATIENCE)).toBe(42);
    expect(await interruptionsOf([whole as Job, ...parts, postprocess])).toEqual([2, 0, 1, 1]);
    await expectEndedOnce(scene, 'q', [whole as Job, ...parts, postprocess]);
    await last.stop();
  },
);

it.concurrent.each(kinds)(
  "I5 the result of a zombie's packed part is refused, in a %s",
  async (_kind, compose, before) => {
    const scene = openScene('packs-zombie', { size: 1, deathInterval: 1_000 });
    const gate = `${scene.prefix}:gate`;
    const parts = [...echoes(3), lateOnce.job(gate) as Job, ...echoes(3)];
    const whole = compose(parts, PACKED);
    await scene.queue('q').putAll([whole as Job, ...echoes(before)]);
    const zombie = scene.worker('q', newUuid());
    await zombie.event('started', lateOnce.name);
    const sibling = scene.worker('q', newUuid());
    await sibling.event('activated');
    zombie.program.kill('SIGSTOP');
    expect(await waitForResult(whole, PATIENCE)).toEqual([...upTo(3), 'in time', ...upTo(3)]);
    await scene.redis.rpush(gate, 'go on');
    zombie.program.kill('SIGCONT');
    await zombie.event('reassigned');
    await zombie.event('reactivated');
    expect(await waitForResult(parts[3] as Job)).toBe('in time');
    await expectEndedOnce(scene, 'q', [whole as Job, ...parts]);
    await Promise.all([zombie.end('SIGTERM'), sibling.end('SIGTERM')]);
  },
  60_000,
);

/** A packed serial in a packed parallel, and short jobs before the packs of that. */
function workload(): { whole: Job; all: Job[]; before: Job[] } {
  const row = serial(echoes(4), PACKED);
  const parts = [...echoes(6), row as Job, ...echoes(6)];
  const whole = parallel(parts, PACKED);
  return { whole: whole as Job, all: [...parts, ...row.jobs, whole as Job], before: echoes(60) };
}

// By their numbers: the composites schedule their packs, and the packs are claimed and end.
const passes: [CrashPoint, number][] = [
  ['schedule.after-chunk', 1],
  ['schedule.after-chunk', 2],
];

it.concurrent.each(passes)(
  'I1 each packed part ends once after a crash at %s, pass %i, with a sibling',
  async (point, pass) => {
    const scene = openScene('packs-schedule');
    const { whole, all } = workload();
    await scene.queue('q').put(whole);
    const crashing = scene.worker('q', newUuid(), `${point}#${pass}`);
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor('q', newUuid());
    expect(await waitForResult(whole, PATIENCE)).toEqual([...upTo(6), upTo(4), ...upTo(6)]);
    await expectEndedOnce(scene, 'q', all);
    await next.stop();
  },
);

// A serial of ten steps: passes of these points are those of the composite, and of single steps.
it.concurrent.each<[CrashPoint, number]>([
  ['claim.after', 2],
  ['run.before-commit', 5],
  ['run.before-commit', 10],
  ['commit.after', 5],
])(
  'I1 each step of a packed serial ends once after a crash at %s, pass %i',
  async (point, pass) => {
    const scene = openScene('packs-serial', { size: 1 });
    const uuid = newUuid();
    const steps = echoes(10);
    const whole = serial(steps, PACKED);
    await scene.queue('q').put(whole);
    const crashing = scene.worker('q', uuid, `${point}#${pass}`);
    expect((await crashing.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor('q', uuid);
    expect(await waitForResult(whole, PATIENCE)).toEqual(upTo(10));
    expect((await interruptionsOf(steps)).reduce((sum, count) => sum + count)).toBeLessThanOrEqual(
      1,
    );
    await expectEndedOnce(scene, 'q', [whole as Job, ...steps]);
    await next.stop();
  },
);

// On a busy machine jobs may take too long to count as short. Then the part that dies is by itself.
it.concurrent.each(['before', 'after'] as const)(
  'I1 each part of a packed parallel ends once after a death %s the request that ends its pack',
  async (when) => {
    const scene = openScene('packs-parallel', { size: 1 });
    const uuid = newUuid();
    const parts = echoes(30);
    parts[12] = diesAtEnd.job(12, when) as Job;
    const whole = parallel(parts, PACKED);
    await scene.queue('q').putAll([whole as Job, ...echoes(80)]);
    const dying = scene.worker('q', uuid);
    expect((await dying.program.exited).signal).toBe('SIGKILL');
    const next = await scene.survivor('q', uuid);
    expect(await waitForResult(whole, PATIENCE)).toEqual(upTo(30));
    expect(Math.max(...(await interruptionsOf(parts)))).toBeLessThanOrEqual(1);
    await expectEndedOnce(scene, 'q', [whole as Job, ...parts]);
    await next.stop();
  },
);
