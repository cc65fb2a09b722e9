// Jobs that became dead letters, since what is stored of them is damaged or not Drover's (B1).
import type { RedisClient } from '../../../redis/connection.js';
import { orUndefined, isObject, parsed } from '../damaged.js';
import type { LaneKeys } from '../keys.js';
import { checkReply } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';

/** A job that became a dead letter. */
export interface DeadLetterRecord {
  id: string;
  lane: string;
  /** The name of its task, as far as there is one. */
  task: string | undefined;
  reason: string;
  /** When it became a dead letter, in ms since 1970. */
  at: number;
}

/** Sets a claimed job aside, fenced by its token. @throws StoreRefusal where the claim is lost */
export async function deadLetter(
  client: RedisClient,
  keys: LaneKeys,
  { id, token }: { id: string; token: string },
  reason: string,
  now: number,
): Promise<void> {
  const args = [token, id, keys.base, reason, now];
  checkReply(await runScript(client, 'deadLetter', [keys.job(id), keys.lock(id)], args), id);
}

/** Those of one lane, in the order in which they became dead letters. */
export async function listDeadLetters(
  client: RedisClient,
  keys: LaneKeys,
): Promise<DeadLetterRecord[]> {
  const reasons = Object.entries(await client.hgetall(keys.list('dead-letters')));
  const records = reasons.map(async ([id, json]): Promise<DeadLetterRecord> => {
    const told = orUndefined(() =>
      parsed('dead-letters', json, isObject<{ reason?: unknown; at?: unknown }>),
    );
    // What is under its id may be no hash.
    const task = await client.hget(keys.job(id), 'name').catch(() => undefined);
    return {
      id,
      lane: keys.lane,
      task: task ?? undefined,
      reason: String(told?.reason ?? 'unknown'),
      at: Number(told?.at ?? 0),
    };
  });
  return (await Promise.all(records)).sort((a, b) => a.at - b.at);
}

/** Lets one be tried again, or removes it. False: it is no dead letter in this lane. */
export async function endDeadLetter(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  how: 'retry' | 'drop',
): Promise<boolean> {
  const args = [id, keys.base, how];
  return (
    (await runScript(client, 'endDeadLetter', [keys.list('dead-letters'), keys.job(id)], args)) ===
    1
  );
}
