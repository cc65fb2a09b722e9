// Waits until a side has started: its threads and connections take CPU time that is not to be
// measured.
import { setTimeout } from 'node:timers/promises';

const LOOK = 40;
/** Less than this share of a core is idle. */
const IDLE = 0.1;
/** In a process that never becomes idle the measurement begins all the same. */
const MOST = 3_000;

export async function untilIdle(): Promise<void> {
  const startedAt = performance.now();
  for (let idleLooks = 0; idleLooks < 3 && performance.now() - startedAt < MOST;) {
    const before = process.cpuUsage();
    const lookedAt = performance.now();
    await setTimeout(LOOK);
    const { user, system } = process.cpuUsage(before);
    const isIdle = (user + system) / 1000 / (performance.now() - lookedAt) < IDLE;
    idleLooks = isIdle ? idleLooks + 1 : 0;
  }
}
