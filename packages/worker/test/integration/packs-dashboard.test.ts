// The buttons of a BullMQ dashboard on packs: they do to all parts of a pack what they do to jobs
// (O6).
import { defineTask, Failure, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import { Queue as BullQueue, type Job as BullJob } from 'bullmq';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { gatesByName } from '../../../../test/kit/gate.js';
import { PATIENCE, ran, short, upTo } from '../../../../test/kit/noted-tasks.js';
import { packsIn } from '../../../../test/kit/packs.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('packs-dashboard');
const dispatchers = dispatchersIn(context);
const QUICK = { pingInterval: 200, deathInterval: 1_000 };
const gateOf = gatesByName();
const held = defineTask('packs-dashboard.held', async (of: string) => {
  await gateOf(of).opened;
  return 'held';
});
const PARTS = 6;
const REMOVED = 'RemovedError';
const GONE = upTo(PARTS).map(() => 'gone');
const VALUES = upTo(PARTS);
const nameOf = (value: unknown): unknown => (value instanceof Failure ? value.name : value);

interface Scene {
  name: string;
  board: BullQueue;
  whole: Composite<unknown>;
  parts: readonly Job[];
  /** Of the pack, or of all parts where there is none. */
  jobs: () => Promise<BullJob[]>;
}

/** A button, and when it is pressed: while the parts wait, or after their end. */
interface Button {
  when: 'pending' | 'completed';
  press: (scene: Scene) => Promise<unknown>;
  /** The end of the composite, and of its parts. */
  whole: unknown;
  parts: unknown;
  /** How often each part runs. */
  runs: number;
}

const buttons: Record<string, Button> = {
  'pause, resume': {
    when: 'pending',
    press: async ({ board, name }) => {
      await board.pause();
      gateOf(name).open();
      await board.resume();
    },
    whole: VALUES,
    parts: VALUES,
    runs: 1,
  },
  remove: {
    when: 'pending',
    press: async ({ jobs }) => await Promise.all((await jobs()).map((job) => job.remove())),
    whole: upTo(PARTS).map(() => REMOVED),
    parts: GONE,
    runs: 0,
  },
  'clean completed': {
    when: 'completed',
    press: async ({ board }) => await board.clean(0, 100, 'completed'),
    whole: [...upTo(PARTS).map(() => REMOVED), 'held'],
    parts: GONE,
    runs: 1,
  },
  'retry completed': {
    when: 'completed',
    press: async ({ jobs, name }) => {
      for (const job of await jobs()) await job.retry('completed');
      await eventually(() => ran.get(name)?.length === 2 * PARTS);
    },
    whole: [...VALUES, 'held'],
    parts: VALUES,
    runs: 2,
  },
};

async function scene(
  name: string,
  { when, press }: Button,
  compose: typeof parallel,
  packed: boolean,
) {
  const board = new BullQueue(name, {
    connection: { url: context.redisUrl },
    prefix: context.prefix,
  });
  board.on('error', () => {});
  cleanUpLater(() => board.close());
  const parts = upTo(PARTS).map((i) => short.job(name, i) as Job);
  const last = held.job(name) as Job;
  const isLast = when === 'completed';
  const whole = compose(isLast ? [...parts, last.with({ lane: 'side' })] : parts, {
    packed,
  }) as Composite<unknown>;
  // Until the gate opens, the only slot of the lane has another job.
  await context.queue(name).putAll([whole as Job, ...(isLast ? [] : [last])]);
  const queues = {
    [name]: { main: { size: 1 }, side: { size: 1, lanes: ['side'] } },
  };
  await dispatchers.start(name, { queues, ...QUICK });
  await eventually(async () => (await last.refresh()).status === 'active');
  if (isLast) for (const part of parts) await part.wait(PATIENCE);
  const jobs = async (): Promise<BullJob[]> => {
    const packs = await packsIn(context, name);
    const ids = packs.length > 0 ? packs : parts.map(({ id }) => id);
    return await Promise.all(ids.map(async (id) => (await board.getJob(id)) as BullJob));
  };
  expect((await packsIn(context, name)).length).toBe(packed ? 1 : 0);
  await press({ name, board, whole, parts, jobs });
  gateOf(name).open();
  const results = (await whole.wait(PATIENCE)) as unknown[];
  const found = await Promise.all(parts.map(({ id }) => context.queue(name).get(id)));
  return {
    whole: results.map(nameOf),
    parts: found.map((part) => (part ? part.result : 'gone')),
    runs: [...(ran.get(name) ?? [])].sort(),
  };
}

// A pack of a parallel is opened here before it ends.
const cases = Object.entries(buttons).flatMap(([what, button]) =>
  (button.when === 'pending' ? (['parallel', 'serial'] as const) : (['serial'] as const)).map(
    (kind) => ({ what, button, kind }),
  ),
);

it.each(cases)(
  'O6 the button "$what" does to the parts of a packed $kind what it does to jobs',
  async ({ what, button, kind }) => {
    const name = `${kind} ${what}`.replace(/\W+/g, '-');
    const compose = (kind === 'serial' ? serial : parallel) as typeof parallel;
    const expected = {
      whole: button.whole,
      parts: button.parts,
      runs: VALUES.flatMap((i) => Array<number>(button.runs).fill(i)),
    };
    // The jobs of a chain would be removed or retried one by one, each while another one waits.
    const isChain = kind === 'serial' && what !== 'pause, resume';
    if (!isChain) expect(await scene(`${name}-plain`, button, compose, false)).toEqual(expected);
    expect(await scene(`${name}-packed`, button, compose, true)).toEqual(expected);
  },
);
