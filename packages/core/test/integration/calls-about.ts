// Counts calls of Drover's, for tests of what a wait or a read costs.
import type { Job } from '@drover/core';
import { Redis } from 'ioredis';

/**
 * The number of script calls about one job that the queues of this process send meanwhile, each on
 * connections of its own.
 * @param redis the connection of the test, whose calls do not count
 */
export async function callsAbout(
  redis: Redis,
  { id }: Job,
  action: () => Promise<unknown>,
): Promise<number> {
  const { sendCommand } = Redis.prototype;
  let calls = 0;
  Redis.prototype.sendCommand = function (...args: Parameters<typeof sendCommand>) {
    // The regular look for waits whose jobs are gone names the keys of jobs, not their ids.
    if (this !== redis && /^evalsha$/i.test(args[0].name) && args[0].args.includes(id)) calls++;
    return sendCommand.apply(this, args);
  };
  try {
    await action();
    return calls;
  } finally {
    Redis.prototype.sendCommand = sendCommand;
  }
}
