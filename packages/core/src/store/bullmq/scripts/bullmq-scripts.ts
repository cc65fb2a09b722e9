// Runs the scripts of Drover's that call scripts of BullMQ's as functions. The text of these comes
// from the installed package.
import type { RedisClient } from '../../../redis/connection.js';
import * as active from 'bullmq/dist/cjs/scripts/moveToActive-11.js';
import * as finished from 'bullmq/dist/cjs/scripts/moveToFinished-14.js';
import { runScript } from './run-script.js';
import { scripts } from './scripts.generated.js';

const texts: Readonly<Record<string, string>> = {
  moveToActive: active.moveToActive.content,
  moveToFinished: finished.moveToFinished.content,
};

/** Runs a script as `runScript` does. */
export function runWithBullMq(
  client: RedisClient,
  name: 'claim' | 'finish',
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const called = (): string => scripts[name].bullmq.map(asLuaFunction).join('');
  return runScript(client, name, keys, args, called);
}

/**
 * A script of BullMQ's as a function of KEYS and ARGV. It gets its options as a table, where BullMQ
 * would unpack them from MessagePack. `readJob`, which may be nil, reads a job in the place of
 * HGETALL: a job with long fields would hold up Redis.
 */
export function asLuaFunction(name: string): string {
  const unpacked = 'local cmsgpack = { unpack = function(options) return options end }';
  const reading = `local redis = not readJob and redis or setmetatable({
call = function(command, ...)
if command == 'HGETALL' then return readJob(...) end
return redis.call(command, ...)
end }, { __index = redis })`;
  return `local function ${name}(KEYS, ARGV, readJob)\n${unpacked}\n${reading}\n${texts[name]}\nend\n`;
}
