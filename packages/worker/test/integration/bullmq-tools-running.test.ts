// BullMQ's own tools on each kind of running job, by the second table of
// docs/guides/bullmq-tools.md (O6). With the token '0' BullMQ does not compare locks.
import type { Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { packsIn } from '../../../../test/kit/packs.js';
import {
  each,
  echo,
  effectOf,
  effectsTable,
  held,
  scenesIn,
  type Scene,
} from './bullmq-tools-scene.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('bullmq-tools-running');
const { sceneOf, blocked, endOf, endOfParts, byIds } = scenesIn(context, dispatchersIn(context));

const KINDS: Record<string, (name: string) => Promise<Scene>> = {
  'plain job': async (name) => {
    const base = sceneOf(name);
    const job = held.job(name) as Job;
    await blocked(name, () => base.queue.put(job as Job<unknown, []>), job);
    return { ...base, jobs: byIds(base, [job.id]), outcome: () => endOf(base, job) };
  },
  part: async (name) => {
    const base = sceneOf(name);
    const job = held.job(name) as Job;
    const whole = parallel([job] as never, { packed: false }) as Job;
    await blocked(name, () => base.queue.put(whole as Job<unknown, []>), job);
    return { ...base, jobs: byIds(base, [job.id]), outcome: () => endOfParts(base, whole) };
  },
  'pack of a serial': async (name) => {
    const base = sceneOf(name);
    const job = held.job(name) as Job;
    const others = [1, 2, 3].map((i) => echo.job(name, i));
    const whole = serial([job, ...others] as never, { packed: true }) as Job;
    await blocked(name, () => base.queue.put(whole as Job<unknown, []>), job);
    const packs = await packsIn(context, name);
    expect(packs.length).toBe(1);
    return { ...base, jobs: byIds(base, packs), outcome: () => endOfParts(base, whole) };
  },
  callback: async (name) => {
    const base = sceneOf(name);
    const job = echo.job(name, 1) as Job;
    const callback = (await job.addCallback(held.job(name) as Job)) as Job;
    await blocked(name, () => base.queue.put(job as Job<unknown, []>), callback);
    const outcome = async (): Promise<string | undefined> => {
      const [own, whole] = [await endOf(base, callback), await endOf(base, job)];
      if (own === 'is later') return own;
      if (own === undefined || whole === undefined) return undefined;
      return whole === 'runs' ? own : `${own}, its job ${whole}`;
    };
    return { ...base, jobs: byIds(base, [callback.id]), outcome };
  },
};

/** The tools, by the first column of the table. */
const TOOLS: Record<string, (scene: Scene) => Promise<unknown>> = {
  'queue.drain(true)': ({ board }) => board.drain(true),
  'queue.obliterate({ force: true })': ({ board }) => board.obliterate({ force: true }),
  'job.remove()': each((job) => job.remove()),
  'job.promote()': each((job) => job.promote()),
  'job.retry()': each((job) => job.retry()),
  'job.moveToFailed()': each((job) => job.moveToFailed(new Error('by a tool'), '0', false)),
  'job.moveToCompleted()': each((job) => job.moveToCompleted('by a tool', '0', false)),
  'job.updateData() with other data': each((job) => job.updateData({ no: 'array' })),
};

const { kinds, rows } = effectsTable('tool on a running job');

it('O6 the table of the guide has these tools and kinds of running jobs', () => {
  expect(kinds).toEqual(Object.keys(KINDS));
  expect([...rows.keys()]).toEqual(Object.keys(TOOLS));
});

it.each(Object.entries(TOOLS))('O6 %s has the effects of its row', async (tool, use) => {
  const number = Object.keys(TOOLS).indexOf(tool);
  const effects = Object.values(KINDS).map(async (make, i) =>
    effectOf(await make(`running-${number}-${i}`), use),
  );
  expect(await Promise.all(effects)).toEqual(rows.get(tool));
});
