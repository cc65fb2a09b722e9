// Ends, gives back and claims jobs of one slot in one script (docs/protocol/hands.md).
import type { RedisClient } from '../../../redis/connection.js';
import type { Hand, HandReply } from '../../../model/lane-store.js';
import type { ClaimReply } from '../../../model/records.js';
import type { LaneKeys } from '../keys.js';
import { LOCK_DURATION } from '../lock.js';
import { reasonOf } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';
import { throwTyped } from '../scripts/store-errors.js';
import { toClaimReply } from './claim-reply.js';

/** @param by the dispatcher, and the time: ms since 1970 */
export function sendHand(
  client: RedisClient,
  keys: LaneKeys,
  { ended, back, tokens, takesPacks }: Hand,
  by: { uuid: string; now: number },
): Promise<HandReply> {
  const args: (string | number)[] = [keys.base, by.uuid, by.now, LOCK_DURATION];
  args.push(ended.length, back.length, takesPacks ? 1 : 0);
  for (const { id, token, value } of ended) {
    if (typeof value === 'string') args.push(id, token, 0, value);
    else args.push(id, token, value.length, ...value);
  }
  for (const { id, token } of back) args.push(id, token);
  args.push(...tokens);
  const reply = runScript(client, 'hand', [keys.list('wait')], args);
  return reply.then((raw) => toReply(client, keys, tokens, raw), throwTyped);
}

function toReply(
  client: RedisClient,
  keys: LaneKeys,
  tokens: readonly string[],
  raw: unknown,
): HandReply | Promise<HandReply> {
  const [ends, areLeft, ...claims] = raw as [number[], number, ...unknown[]];
  const claimed = tokens
    .slice(0, claims.length / 2)
    .map((token, i) => toClaimReply(client, keys, token, claims.slice(2 * i, 2 * i + 2)));
  const rest = { ends: ends.map(toEnd), areLeft: areLeft === 1 };
  if (claimed.some((reply) => reply instanceof Promise)) return withClaimed(rest, claimed);
  return { ...rest, claimed: claimed as ClaimReply[] };
}

async function withClaimed(
  rest: Omit<HandReply, 'claimed'>,
  replies: readonly (ClaimReply | Promise<ClaimReply>)[],
): Promise<HandReply> {
  return { ...rest, claimed: await Promise.all(replies.map(async (reply) => await reply)) };
}

function toEnd(code: number): HandReply['ends'][number] {
  if (code === 1) return 'stored';
  return code === 0 ? 'by itself' : { refused: reasonOf(code) };
}
