// Moves due jobs to the tail of the wait list, by Redis's clock, in the order in which they became
// due (Q1).
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

export interface Promoted {
  /** The number of moved jobs. */
  count: number;
  /** When the next one is due: milliseconds since 1970; 0 for none. */
  nextDue: number;
}

/** Moves the due jobs of a lane, a thousand at most. Where more are due, `nextDue` is past. */
export async function promoteDue(client: RedisClient, keys: LaneKeys): Promise<Promoted> {
  const reply = await runScript(client, 'promoteDue', [keys.list('delayed')], [keys.base]);
  const [count, nextDue] = reply as [number, number];
  return { count, nextDue };
}
