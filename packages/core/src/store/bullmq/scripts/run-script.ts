// Calls Drover's Lua scripts by their hash, and with their text where Redis does not know them.
// ioredis's own commands for scripts send the text once on each connection.
import { createHash } from 'node:crypto';
import type { RedisClient } from '../../../redis/connection.js';
import { throwRedacted } from '../../../redis/redact-command.js';
import { parts, scripts } from './scripts.generated.js';

/** One script call takes so many jobs: a longer call would hold up all clients of Redis. */
export const CHUNK = 1_000;

export type ScriptName = keyof typeof scripts;

interface Text {
  readonly lua: string;
  readonly hash: string;
}

/** The scripts that this process has used. */
const texts = new Map<ScriptName, Text>();

/**
 * Runs a script with its keys and arguments, in the order of its header.
 * @param called gives the functions with the texts of BullMQ's scripts that it calls
 */
export async function runScript(
  client: RedisClient,
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number)[],
  called?: () => string,
): Promise<unknown> {
  const { numberOfKeys } = scripts[name];
  if (keys.length !== numberOfKeys) throw new Error(`script ${name} takes ${numberOfKeys} keys`);
  const { lua, hash } = texts.get(name) ?? addText(name, called);
  try {
    return await client.evalsha(hash, numberOfKeys, ...keys, ...args);
  } catch (error) {
    if (!isForgotten(error as Error)) throwRedacted(error as Error);
  }
  try {
    return await client.eval(lua, numberOfKeys, ...keys, ...args);
  } catch (error) {
    throwRedacted(error as Error);
  }
}

/** Redis does not know the script, and has done nothing. */
function isForgotten({ message }: Error): boolean {
  return message.startsWith('NOSCRIPT');
}

function addText(name: ScriptName, called = () => ''): Text {
  const lua = called() + scripts[name].parts.map((part) => parts[part]).join('');
  const text = { lua, hash: createHash('sha1').update(lua).digest('hex') };
  texts.set(name, text);
  return text;
}
