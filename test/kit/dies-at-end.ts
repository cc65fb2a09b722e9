// A task whose process dies at the request that ends its job, by itself or in a pack.
import type * as Ioredis from 'ioredis';
import { createRequire } from 'node:module';
import { isPackId } from './packs.js';

const require = createRequire(import.meta.url);

/** Lets this process die before the next request that names the job or a pack, or at its reply. */
export function dieAtEnd(jobId: string, when: 'before' | 'after'): void {
  const { Redis } = require('ioredis') as typeof Ioredis;
  const die = (): void => void process.kill(process.pid, 'SIGKILL');
  const send = Redis.prototype.sendCommand;
  Redis.prototype.sendCommand = function (command, stream) {
    const names = command.args.map(String);
    const isEnd = names.some((name) => name === jobId || (name.length === 36 && isPackId(name)));
    if (isEnd && when === 'before') die();
    // Before the client's own callers hear of it.
    if (isEnd) command.promise.then(die, die);
    return send.call(this, command, stream);
  };
}
