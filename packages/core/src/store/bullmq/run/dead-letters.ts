// Dead letters: records that no dispatcher can run (B1).
import type { RedisClient } from '../../../redis/connection.js';
import { orUndefined, isObject, parsed } from '../record-checks.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

export interface DeadLetterRecord {
  id: string;
  lane: string;
  /** Undefined: the record names no task. */
  task: string | undefined;
  reason: string;
  /** When it became a dead letter, in ms since 1970. */
  at: number;
}

/** The dead letters of one lane, the oldest first. */
export async function listDeadLetters(
  client: RedisClient,
  keys: LaneKeys,
): Promise<DeadLetterRecord[]> {
  const reasons = Object.entries(await client.hgetall(keys.list('dead-letters')));
  const records = reasons.map(async ([id, json]): Promise<DeadLetterRecord> => {
    const entry = orUndefined(() =>
      parsed('dead-letters', json, isObject<{ reason?: unknown; at?: unknown }>),
    );
    // The key may be of another type.
    const task = await client.hget(keys.job(id), 'name').catch(() => undefined);
    return {
      id,
      lane: keys.lane,
      task: task ?? undefined,
      reason: String(entry?.reason ?? 'unknown'),
      at: Number(entry?.at ?? 0),
    };
  });
  return (await Promise.all(records)).sort((a, b) => a.at - b.at);
}

/** Puts one back, or removes it. False: it is no dead letter of this lane. */
export async function endDeadLetter(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  how: 'retry' | 'drop',
): Promise<boolean> {
  const scriptKeys = [keys.list('dead-letters'), keys.job(id)];
  return (await runScript(client, 'endDeadLetter', scriptKeys, [id, keys.base, how])) === 1;
}
