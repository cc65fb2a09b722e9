// BullMQ's own tools on each kind of pending job, by the table in docs/guides/bullmq-tools.md:
// recovery is never stopped, and no job is lost silently (O6).
import type { Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { packsIn } from '../../../../test/kit/packs.js';
import { eventually } from '../../../../test/kit/wait.js';
import {
  each,
  echo,
  effectOf,
  effectsTable,
  gateOf,
  held,
  HOUR,
  pausesOnce,
  QUICK,
  ranIn,
  scenesIn,
  type Scene,
} from './bullmq-tools-scene.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('bullmq-tools');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const { sceneOf, blocked, endOf, endOfParts, byIds } = scenesIn(context, dispatchers);

async function composite(name: string, packed: boolean) {
  const base = sceneOf(name);
  const parts = [1, 2, 3].map((i) => echo.job(name, i) as Job);
  const whole = parallel(parts as never, { packed }) as Job;
  await blocked(name, (blocker) => base.queue.putAll([whole, blocker]));
  return { base, parts, whole, outcome: () => endOfParts(base, whole) };
}

const KINDS: Record<string, (name: string) => Promise<Scene>> = {
  'plain job': async (name) => {
    const base = sceneOf(name);
    const job = echo.job(name, 1) as Job;
    await blocked(name, (blocker) => base.queue.putAll([blocker, job]));
    return { ...base, jobs: byIds(base, [job.id]), outcome: () => endOf(base, job) };
  },
  part: async (name) => {
    const { base, parts, outcome } = await composite(name, false);
    const ids = parts.map(({ id }) => id);
    return { ...base, jobs: byIds(base, ids), outcome };
  },
  pack: async (name) => {
    const { base, outcome } = await composite(name, true);
    const packs = await packsIn(context, name);
    expect(packs.length).toBe(1);
    return { ...base, jobs: byIds(base, packs), outcome };
  },
  'waiting composite': async (name) => {
    const { base, whole } = await composite(name, false);
    return { ...base, jobs: byIds(base, [whole.id]), outcome: () => endOf(base, whole) };
  },
  callback: async (name) => {
    const base = sceneOf(name);
    const job = held.job(name) as Job;
    const callback = (await job.addCallback(echo.job(name, 2) as Job)) as Job;
    await blocked(name, () => base.queue.put(job as Job<unknown, []>), job);
    // Jobs that run end, and no other begins.
    await base.board.setGlobalConcurrency(0);
    gateOf(name).open();
    await eventually(async () => (await callback.refresh()).status === 'pending');
    const go = async (): Promise<void> => {
      await base.board.removeGlobalConcurrency();
      await redis.zadd(`${prefix}:${name}:marker`, 0, '0');
    };
    const outcome = async (): Promise<string | undefined> => {
      const [own, whole] = [await endOf(base, callback), await endOf(base, job)];
      if (own === 'dead letter') return own;
      if (own === undefined || whole === undefined) return undefined;
      return whole === 'runs' ? own : `${own}, its job ${whole}`;
    };
    return { ...base, go, jobs: byIds(base, [callback.id]), outcome };
  },
  handleInterrupt: async (name) => {
    const base = sceneOf(name, `${name}/system`);
    const job = pausesOnce.job(name, 1) as Job;
    await base.queue.put(job as Job<unknown, []>);
    const dispatcher = dispatchers.make(name, QUICK);
    const started = hasStarted(dispatcher, job);
    await dispatcher.activate();
    await started;
    await dispatcher.deactivate();
    const interrupt = `${job.id}.interrupt.1`;
    const go = async (): Promise<void> => void (await dispatchers.start(name, QUICK));
    const outcome = async (): Promise<string | undefined> => {
      const letters = await base.queue.deadLetters().list();
      if (letters.some(({ id }) => id === interrupt)) return 'dead letter';
      expect((await base.queue.get(job.id))?.interruptions).toBe(1);
      return await endOf(base, job);
    };
    return { ...base, go, jobs: byIds(base, [interrupt]), outcome };
  },
};

/** The tools, by the first column of the table. */
const TOOLS: Record<string, (scene: Scene) => Promise<unknown>> = {
  'queue.pause(), queue.resume()': async ({ board, go, name }) => {
    await board.pause();
    await go();
    await eventually(
      async () => !(await board.isPaused()) || (await redis.llen(`${prefix}:${name}:active`)) === 0,
    );
    const before = ranIn(name).length;
    await board.resume();
    await eventually(() => ranIn(name).length > 0);
    return before === 0 && !board.name.endsWith('/system') ? 'waits' : 'goes on';
  },
  'queue.drain(true)': ({ board }) => board.drain(true),
  "queue.clean(0, n, 'wait')": ({ board }) => board.clean(0, 100, 'wait'),
  'queue.obliterate({ force: true })': ({ board }) => board.obliterate({ force: true }),
  'queue.promoteJobs()': ({ board }) => board.promoteJobs(),
  'queue.retryJobs()': ({ board }) => board.retryJobs(),
  'job.remove()': each((job) => job.remove()),
  'job.promote()': each((job) => job.promote()),
  'job.retry()': each((job) => job.retry()),
  'job.moveToFailed()': each((job) => job.moveToFailed(new Error('by a tool'), '0', false)),
  'job.moveToCompleted()': each((job) => job.moveToCompleted('by a tool', '0', false)),
  'job.moveToDelayed()': each((job) => job.moveToDelayed(Date.now() + HOUR, '0')),
  'job.changePriority()': each((job) => job.changePriority({ priority: 5 })),
  'job.changeDelay()': each((job) => job.changeDelay(HOUR)),
  'job.updateProgress(), job.log()': each(async (job) => {
    await job.updateProgress(50);
    await job.log('by a tool');
  }),
  'job.updateData() with other data': each((job) => job.updateData({ no: 'array' })),
};

const { kinds, rows } = effectsTable('tool');

it('O6 the table of the guide has these tools and kinds of pending jobs', () => {
  expect(kinds).toEqual(Object.keys(KINDS));
  expect([...rows.keys()]).toEqual(Object.keys(TOOLS));
});

it.each(Object.entries(TOOLS))('O6 %s has the effects of its row', async (tool, use) => {
  const number = Object.keys(TOOLS).indexOf(tool);
  const effects = Object.values(KINDS).map(async (make, i) =>
    effectOf(await make(`tool-${number}-${i}`), use),
  );
  expect(await Promise.all(effects)).toEqual(rows.get(tool));
});
