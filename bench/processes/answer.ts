// In a producer or worker process: answers the calls of the main process, and ends with it.
import { inspect } from 'node:util';
import { untilIdle } from '../idle.js';
import type { CommonCalls, Reply, Request } from './calls.js';

/** Every producer and worker process answers these alike. */
export const common: Omit<CommonCalls, 'close'> = {
  untilIdle,
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return Promise.resolve((user + system) / 1e6);
  },
};

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
