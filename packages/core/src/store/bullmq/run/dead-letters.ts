// Dead letters: records that no dispatcher can run (B1).
import type { RedisClient } from '../../../redis/connection.js';
import { orUndefined, isObject, parsed } from '../record-checks.js';
import type { LaneKeys } from '../keys.js';
import { runScript } from '../scripts/run-script.js';

/** So many entries are read at a time. */
const PAGE = 500;

export interface DeadLetterRecord {
  id: string;
  lane: string;
  /** Undefined: the record names no task. */
  task: string | undefined;
  reason: string;
  /** When it became a dead letter, in ms since 1970. */
  at: number;
}

/** The dead letters of one lane, or some of very many: the oldest of these first. */
export async function listDeadLetters(
  client: RedisClient,
  keys: LaneKeys,
  most: number,
): Promise<DeadLetterRecord[]> {
  const reasons = await reasonsOf(client, keys.list('dead-letters'), most);
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

/** At most so many entries of the hash of a lane. */
async function reasonsOf(
  client: RedisClient,
  key: string,
  most: number,
): Promise<[id: string, json: string][]> {
  // An entry may come twice while others come and go.
  const found = new Map<string, string>();
  for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
    const [next, page] = await client.hscan(key, cursor, 'COUNT', PAGE);
    for (let i = 0; i < page.length; i += 2) found.set(page[i] ?? '', page[i + 1] ?? '');
    cursor = found.size < most ? next : '0';
  }
  return [...found].slice(0, most);
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
