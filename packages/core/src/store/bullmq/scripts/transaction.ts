// Scripts of Drover's in one MULTI with a transition of BullMQ's: whoever looks sees what all of
// them did, or nothing.
//
// Redis runs each command of a MULTI whatever became of those before it, so that "all or nothing"
// has to be seen to:
// - `before`, such as the puts of a run: each checks itself, by the claim's token and by what the
//   transition will check, that the transition is going to happen. The last one moves the lock from
//   the claim's token to `finishToken`, the token that the transition is sent with: where a script
//   before it failed, the transition is refused, and nothing is lost.
// - `after`, such as freeing what the job held: each checks itself that the transition has
//   happened. It can be repeated. One that only takes a look, as for the callbacks of a job that
//   fails, leaves the lock where it is, or takes it away itself.
// - A server that has forgotten its scripts (SCRIPT FLUSH) would run some commands and not the
//   others. What is `before` is therefore sent as text, and the transition too where it is sent
//   under another token, and what comes after where nothing makes up for it; the rest by hash
//   first: where the transition was not run all is repeated.
import { leaveIfReadOnly, type RedisClient } from '../../../redis/connection.js';
import { redacted } from '../../../redis/redact-command.js';
import { checkReply } from './refusal.js';
import { defineScript, runScript, type ScriptName } from './run-script.js';

/**
 * A call of one of Drover's scripts, with its keys and arguments in the order that its header
 * names.
 */
export interface ScriptCall {
  script: ScriptName;
  keys: readonly string[];
  args: readonly (string | number)[];
  /** Where nothing makes up for it: it is sent as text, so that no server has forgotten it. */
  asText?: boolean;
}

/** What runs in one MULTI with a transition. */
export interface Transaction {
  before?: readonly ScriptCall[];
  /**
   * The token that the last `before` leaves the lock with. It must be given where a `before` writes
   * and the transition is to follow.
   */
  finishToken?: string;
  after?: readonly ScriptCall[];
  /** What comes after cannot be made up for: all is sent as text. */
  isInseparable?: boolean;
}

/** A script as it is known to the client, by the name of its command. */
interface Call {
  command: string;
  args: readonly unknown[];
  asText?: boolean;
}

/** A call as `runTogether` takes it. */
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
 * Sends a transition, a script of BullMQ's or of Drover's own, together with scripts of Drover's.
 * @returns the reply of the transition
 * @throws StoreRefusal where a `before` refused; the error of the first script that failed: the
 *   call can be repeated then
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
  // What was found before a transition that was not run may hold no more, and what came after it
  // has found nothing to do.
  if (isForgotten(before)) return await exec(client, calls, calls.length);
  // A transition that was run is not repeated.
  const again = await exec(client, forgotten, forgotten.length);
  return replies.map((reply, i) => again[forgotten.indexOf(calls[i] as Call)] ?? reply);
}

/** @param asText how many of the calls are sent as text */
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

/** A script as ioredis keeps it, BullMQ's or Drover's. */
function scriptOf(client: RedisClient, command: string): { lua: string; numberOfKeys: number } {
  const script = (
    client.scriptsSet as Record<string, { lua: string; numberOfKeys: number } | undefined>
  )[command];
  if (!script) throw new Error(`the script ${command} is not known to the client`);
  return script;
}

/**
 * The token that a transition is sent with: what runs before it may have moved the lock to another
 * one.
 */
export function finishToken(token: string, transaction: Transaction | undefined): string {
  return transaction?.finishToken ?? token;
}
