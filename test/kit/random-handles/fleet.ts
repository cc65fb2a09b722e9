// The dispatchers that run graphs of handles: one that stays and one that is stopped again and
// again, or processes that are killed.
import { setTimeout } from 'node:timers/promises';
import { newUuid, type TestContext } from '../context.js';
import { dispatchersIn } from '../dispatchers.js';
import { underNemesis } from '../random-composites/nemesis.js';
import { eventually } from '../wait.js';
import { LANES, QUEUES, TRIMMED } from './graphs.js';
import { LEDGER_KEY, newLedger } from './ledger.js';
import type { Fleet } from './fleet-face.js';

/** Many tasks wait for other jobs: slots must not run out. */
const AGENT = { main: { size: 2_000, lanes: [...LANES] } };
/** A job may be interrupted nine times, by its policy. */
const KILLS = 9;
/** A reconcile pass, one in each death interval, empties the `undecided` that interrupts leave. */
const AUDITED = { pingInterval: 500, deathInterval: 4_000 };
const NOTHING = { keepCompleted: { age: 0, count: 0 } };

const of = (...queues: string[]) => ({
  queues: Object.fromEntries(queues.map((queue) => [queue, AGENT])),
});

/**
 * Starts dispatchers in this process for the queues of graphs. `disturbances`: how often one of
 * them is stopped under its jobs.
 */
export async function fleetIn(context: TestContext, disturbances = 3): Promise<Fleet> {
  const dispatchers = dispatchersIn(context);
  await dispatchers.start('', { ...of(...QUEUES), ...AUDITED });
  const uuid = newUuid();
  return {
    ...(await withoutWorkers(context)),
    disturb: async () => {
      for (let i = 0; i < disturbances; i++) {
        const other = await dispatchers.start('', { ...of(...QUEUES), ...AUDITED, uuid });
        await setTimeout(150);
        await other.deactivate();
      }
    },
  };
}

/** Runs graphs in three worker processes, which are killed now and then. */
export async function whileKilled(
  context: TestContext,
  work: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  process.env[LEDGER_KEY] = `${context.prefix}/ledger`;
  const worker = {
    prefix: context.prefix,
    ...of(...QUEUES),
    pingInterval: 100,
    deathInterval: 1_000,
  };
  const fleet = { ...(await withoutWorkers(context)), mostInterrupts: KILLS };
  await underNemesis({ worker, workers: 3, kills: KILLS, pause: [100, 800], seed: 1 }, work(fleet));
}

/** The part of every fleet that removes the jobs. */
async function withoutWorkers(context: TestContext): Promise<Fleet> {
  const dispatchers = dispatchersIn(context);
  const startOld = async () => await dispatchers.start('', of(TRIMMED));
  let old = await startOld();
  return {
    queue: (name) => context.queue(name),
    redis: context.redis,
    prefix: context.prefix,
    mostInterrupts: 0,
    startLedger: newLedger,
    trim: async (queues, within) => {
      await old.deactivate();
      // Retention looks at once after a start, unless another dispatcher has looked within the last
      // minute.
      for (const queue of queues) await context.redis.del(`${context.prefix}:${queue}:retention`);
      const trimmer = await dispatchers.start('', {
        ...of(...queues),
        ...NOTHING,
        uuid: newUuid(),
      });
      await eventually(
        async () => {
          for (const queue of queues)
            if ((await context.queue(queue).jobs({ status: 'completed', end: 1 })).length > 0)
              return false;
          return true;
        },
        { timeout: within },
      ).catch(() => {}); // what is left is found by those who look for it
      await trimmer.deactivate();
      old = await startOld();
    },
  };
}
