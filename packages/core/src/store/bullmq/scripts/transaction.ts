// Runs scripts of Drover's in one MULTI with a transition, which is a script of BullMQ's or
// Drover's.
//
// Redis runs each command of a MULTI, also after one that failed or refused. These rules make it
// all or nothing:
// - A script in `before`, such as the puts of a run, checks all that the transition will check. One
//   that writes also moves the lock from the claim's token to `finishToken`. The transition is sent
//   under that token, so it is refused where the script before it failed.
// - A script in `after`, such as the one that frees slots, checks that the transition took effect.
//   It can be repeated.
// - A server that has forgotten its scripts (SCRIPT FLUSH) would run some commands and not others.
//   So `before` is sent as text, and where it moves the lock, or nothing makes up for a missing
//   `after`, so is all the rest. Other scripts go by hash, and are repeated where they did not run.
import { leaveIfReadOnly, type RedisClient } from '../../../redis/connection.js';
import { redacted } from '../../../redis/redact-command.js';
import { checkReply } from './refusal.js';
import { defineScript, runScript, type ScriptName } from './run-script.js';

/** A call of one of Drover's scripts, with keys and arguments in the order of its header. */
export interface ScriptCall {
  script: ScriptName;
  keys: readonly string[];
  args: readonly (string | number)[];
  /** Send the text: nothing makes up for this script where the server has forgotten it. */
  asText?: boolean;
}

/** The scripts in one MULTI with a transition. */
export interface Transaction {
  before?: readonly ScriptCall[];
  /** The token to which a `before` moves the lock: required where a `before` writes. */
  finishToken?: string;
  after?: readonly ScriptCall[];
  /** Send all as text: nothing makes up for a script that the server has forgotten. */
  isInseparable?: boolean;
}

/** A call of a script that is defined on the client, by the name of its command. */
interface Call {
  command: string;
  args: readonly unknown[];
  asText?: boolean;
}

function toCall(client: RedisClient, { script, keys, args, asText }: ScriptCall): Call {
  return {
    command: defineScript(client, script),
    args: [...keys, ...args],
    ...(asText && { asText }),
  };
}

/** Runs a script of Drover's: alone, or as the transition of a transaction. */
export async function runScriptIn(
  client: RedisClient,
  call: ScriptCall,
  transaction: Transaction | undefined,
): Promise<unknown> {
  if (!transaction) return await runScript(client, call.script, call.keys, call.args);
  return await runTogether(client, toCall(client, call), transaction);
}

type Replies = [error: Error | null, reply: unknown][];

/**
 * Sends a transition together with the scripts of a transaction.
 * @returns the reply of the transition
 * @throws StoreRefusal where a `before` refused; or the error of the first script that failed,
 *   after which the call can be repeated
 */
export async function runTogether(
  client: RedisClient,
  transition: Call,
  transaction: Transaction,
): Promise<unknown> {
  const before = (transaction.before ?? []).map((call) => toCall(client, call));
  const after = (transaction.after ?? []).map((call) => toCall(client, call));
  const calls = [...before, transition, ...after];
  const replies = await send(
    client,
    calls,
    before.length,
    transaction.isInseparable ?? transaction.finishToken !== undefined,
  );
  for (const [i, [error, reply]] of replies.entries()) {
    if (error) {
      leaveIfReadOnly(client, error);
      throw redacted(error);
    }
    if (i < before.length) checkReply(reply, transaction.before?.[i]?.keys[0] ?? '?');
  }
  return replies[before.length]?.[1];
}

async function send(
  client: RedisClient,
  calls: readonly Call[],
  before: number,
  asText: boolean,
): Promise<Replies> {
  const replies = await exec(client, calls, asText ? calls.length : before);
  const isForgotten = (i: number): boolean =>
    replies[i]?.[0]?.message.startsWith('NOSCRIPT') === true;
  const forgotten = calls.filter((_, i) => isForgotten(i));
  if (forgotten.length === 0) return replies;
  const isRefused = replies
    .slice(0, before)
    .some(([, reply]) => typeof reply === 'number' && reply < 0);
  if (isRefused) return replies;
  // The transition did not run: the checks before it may hold no more, and the scripts after it did
  // nothing.
  if (isForgotten(before)) return await exec(client, calls, calls.length);
  // The transition ran, and is not repeated.
  const again = await exec(client, forgotten, forgotten.length);
  return replies.map((reply, i) => again[forgotten.indexOf(calls[i] as Call)] ?? reply);
}

/** @param asText the number of the first calls to send as text */
async function exec(client: RedisClient, calls: readonly Call[], asText: number): Promise<Replies> {
  const multi = client.multi();
  for (const [i, call] of calls.entries()) {
    const { command, args } = call;
    if (i < asText || call.asText) {
      const { lua, numberOfKeys } = scriptOf(client, command);
      multi.eval(lua, numberOfKeys, args as never);
    } else (multi as unknown as Record<string, (args: unknown) => void>)[command]?.(args);
  }
  try {
    return ((await multi.exec()) ?? []) as Replies;
  } catch (error) {
    throw redacted(error as Error);
  }
}

/** The text of a script that BullMQ or Drover has defined on the client. */
function scriptOf(client: RedisClient, command: string): { lua: string; numberOfKeys: number } {
  const script = (
    client.scriptsSet as Record<string, { lua: string; numberOfKeys: number } | undefined>
  )[command];
  if (!script) throw new Error(`the script ${command} is not known to the client`);
  return script;
}

/** The token of a transition: a script before it may have moved the lock to another one. */
export function finishToken(token: string, transaction: Transaction | undefined): string {
  return transaction?.finishToken ?? token;
}
