// Removes all of a queue: its schedules, jobs, lanes, settings and quotas (Q11).
import type { LaneKeys } from '../keys.js';
import type { UseStore } from '../queue-access.js';
import { countJobs } from '../read/count.js';
import { removeSchedules } from '../schedules/schedule-records.js';
import { runScript } from '../scripts/run-script.js';
import { arePaused, pauseLanes, resumeLanes } from './pause.js';
import { ownLanes, stepsOf, type Step } from './steps.js';

/** The answer of `obliterateQueue`: the number of removed jobs, or of those that have begun. */
export type Obliteration = { removed: number } | { begun: number };

/**
 * Removes all of a queue in short steps, while it is paused. It can be repeated.
 * @param force also where jobs have begun and have not ended; else nothing is removed then
 * @param mayGoOn asked before each step
 */
export async function obliterateQueue(
  use: UseStore,
  force: boolean,
  mayGoOn: () => boolean,
): Promise<Obliteration> {
  const step = stepsOf(use);
  const wasPaused = await step(arePaused);
  await step(pauseLanes);
  let isGone = false;
  try {
    const begun = force ? 0 : await countBegun(step);
    if (begun > 0) return { begun };
    let removed = 0;
    while (!isGone && mayGoOn()) {
      await step(removeSchedules);
      removed += await removeJobs(step, mayGoOn);
      isGone = mayGoOn() && (await forgetQueue(step));
    }
    return { removed };
  } finally {
    if (!isGone && !wasPaused) await step(resumeLanes);
  }
}

/** The number of jobs that run, wait for others, or have their result and not ended. */
async function countBegun(step: Step): Promise<number> {
  return await step(async (deps) => {
    const { active, callbacks } = await countJobs(deps.client, await ownLanes(deps));
    return active + callbacks;
  });
}

/** Removes the jobs of all lanes: the waiting ones first, so that no end of another wakes them. */
async function removeJobs(step: Step, mayGoOn: () => boolean): Promise<number> {
  const lanes = await step(ownLanes);
  let removed = 0;
  for (const lane of lanes) removed += await empty(step, lane, 'waiting', mayGoOn);
  for (const lane of lanes) removed += await empty(step, lane, 'all', mayGoOn);
  // A recovery job whose subject is gone does nothing.
  const [main] = lanes;
  if (main) removed += await empty(step, main.system, 'all', mayGoOn);
  return removed;
}

async function empty(
  step: Step,
  lane: LaneKeys,
  which: 'waiting' | 'all',
  mayGoOn: () => boolean,
): Promise<number> {
  let removed = 0;
  for (let areMore = 1; areMore === 1 && mayGoOn();) {
    const reply = await step(({ client }) =>
      runScript(client, 'obliterate', [lane.list('wait')], [lane.base, which]),
    );
    const [count, more] = reply as [number, number];
    removed += count;
    areMore = more;
  }
  return removed;
}

/** Returns false where jobs were put meanwhile. */
async function forgetQueue(step: Step): Promise<boolean> {
  return await step(
    async ({ client, keys }) =>
      (await runScript(client, 'forgetQueue', [keys.lanes], [keys.queueBase])) === 1,
  );
}
