// Jobs whose time has come (Q1): they are moved to the tail of the wait list by Redis's clock, in
// the order in which they became due.
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

export interface Promoted {
  /** How many were moved. */
  count: number;
  /** When the next one is due: milliseconds since 1970; 0 for none. */
  nextDue: number;
}

/** Moves the due jobs of a lane, a thousand at most: where more are due, `nextDue` is past. */
export async function promoteDue(client: RedisClient, keys: LaneKeys): Promise<Promoted> {
  const reply = await runScript(client, 'promoteDue', [keys.list('delayed')], [keys.base]);
  const [count, nextDue] = reply as [number, number];
  return { count, nextDue };
}
