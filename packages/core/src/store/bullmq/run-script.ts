// Calls Drover's own Lua scripts through ioredis, which loads each once and falls back when Redis has forgotten it.
import type { RedisClient } from '../../connection.js';
import { throwDiscreetly } from '../../discreet.js';
import { scripts } from './scripts.generated.js';

/** A script call that takes jobs takes so many: a longer one would hold up everybody else's. */
export const CHUNK = 1_000;

export type ScriptName = keyof typeof scripts;

type Runner = (...args: (string | number)[]) => Promise<unknown>;

/** Runs a script with its keys and arguments, in the order that its header names. */
export async function runScript(
  client: RedisClient,
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const script = scripts[name];
  if (keys.length !== script.numberOfKeys) throw new Error(`script ${name} takes ${script.numberOfKeys} keys`);
  const command = `drover:${name}`;
  const commands = client as unknown as Record<string, Runner | undefined>;
  if (!commands[command]) client.defineCommand(command, { numberOfKeys: script.numberOfKeys, lua: script.lua });
  return await (commands[command] as Runner).call(client, ...keys, ...args).catch(throwDiscreetly);
}
