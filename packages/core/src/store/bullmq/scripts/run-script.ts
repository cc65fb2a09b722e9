// Calls Drover's own Lua scripts through ioredis, which loads each once and falls back when Redis
// has forgotten it.
import type { RedisClient } from '../../../redis/connection.js';
import { throwRedacted } from '../../../redis/redact-command.js';
import { scripts } from './scripts.generated.js';

/** A script call that takes jobs takes so many: a longer one would hold up everybody else's. */
export const CHUNK = 1_000;

/**
 * ioredis sends a script that Redis has forgotten once more, with its text. Of many calls at once
 * the first alone has the text: where that one fails, the others find Redis without the script a
 * second time.
 */
const MAX_ATTEMPTS = 10;

export type ScriptName = keyof typeof scripts;

type Runner = (...args: (string | number)[]) => Promise<unknown>;

/** Runs a script with its keys and arguments, in the order that its header names. */
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

/** Redis has done nothing: it does not know the script. */
function isForgotten({ message }: Error): boolean {
  return message.startsWith('NOSCRIPT');
}

/** Makes a script known to a client; gives the name of its command there. */
export function defineScript(client: RedisClient, name: ScriptName): string {
  const command = `drover:${name}`;
  if (!(command in client)) {
    const { numberOfKeys, lua } = scripts[name];
    client.defineCommand(command, { numberOfKeys, lua });
  }
  return command;
}
