// Calls Drover's Lua scripts through ioredis, which sends a script by its hash, and with its text
// where Redis does not know it.
import type { RedisClient } from '../../../redis/connection.js';
import { throwRedacted } from '../../../redis/redact-command.js';
import { scripts } from './scripts.generated.js';

/** One script call takes so many jobs: a longer call would hold up all clients of Redis. */
export const CHUNK = 1_000;

/**
 * Of many calls at once ioredis sends the text with the first one alone. Where that one fails,
 * Redis answers the others with NOSCRIPT a second time.
 */
const MAX_ATTEMPTS = 10;

export type ScriptName = keyof typeof scripts;

type Runner = (...args: (string | number)[]) => Promise<unknown>;

/** Runs a script with its keys and arguments, in the order of its header. */
export async function runScript(
  client: RedisClient,
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const { numberOfKeys } = scripts[name];
  if (keys.length !== numberOfKeys) throw new Error(`script ${name} takes ${numberOfKeys} keys`);
  const command = defineScript(client, name);
  const commands = client as unknown as Record<string, Runner>;
  for (let attempt = 1; ; attempt++) {
    try {
      return await (commands[command] as Runner).call(client, ...keys, ...args);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isForgotten(error as Error)) throwRedacted(error as Error);
    }
  }
}

/** Redis does not know the script, and has done nothing. */
function isForgotten({ message }: Error): boolean {
  return message.startsWith('NOSCRIPT');
}

/**
 * Defines a script on a client, and gives the name of its command.
 * @param called gives the functions with the texts of BullMQ's scripts that it calls
 */
export function defineScript(client: RedisClient, name: ScriptName, called = () => ''): string {
  const command = `drover:${name}`;
  if (!(command in client)) {
    const { numberOfKeys, lua } = scripts[name];
    client.defineCommand(command, { numberOfKeys, lua: called() + lua });
  }
  return command;
}
