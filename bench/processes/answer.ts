// In a process of a side: answers the calls of the main process, and ends with it.
import { inspect } from 'node:util';
import type { Reply, Request } from './calls.js';

export function answer(calls: object): void {
  process.on('message', (request) => void reply(calls as Methods, request as Request));
  process.once('disconnect', () => process.exit());
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

async function reply(calls: Methods, { id, method, args }: Request): Promise<void> {
  try {
    send({ id, value: await calls[method]?.(...args) });
  } catch (error) {
    send({ id, error: inspect(error) });
  }
}

function send(message: Reply): void {
  process.send?.(message);
}
