// Jobs that a test ends in the way of a dispatcher, and whose ends a queue hears of.
import { defineTask, Queue } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import type { TestContext } from '../../../../test/kit/context.js';
import { encode } from '../../../../test/kit/store.js';
import type { PlayedDispatcher } from './play-dispatcher.js';

export const work = defineTask('plain-ends.work', (value: unknown) => value);

/** A queue with connections of its own. */
export function openQueue({ redisUrl, prefix }: TestContext, name: string): Queue {
  const queue = new Queue(name, { connection: redisUrl, prefix });
  cleanUpLater(() => queue.close());
  return queue;
}

/** Ends a claimed job with a value, in the way of a dispatcher: plain jobs end plainly. */
export async function end(dispatcher: PlayedDispatcher, value: unknown): Promise<void> {
  const { id, token } = await dispatcher.claimNow();
  const ended = [{ id, token, value: encode(value, 'result') }];
  const { ends } = await dispatcher.store.hand({ ended, back: [], tokens: [] });
  // Jobs that need more than a plain end.
  if (ends[0] !== 'stored')
    await dispatcher.store.complete({ id, token }, encode(value, 'result'), dispatcher.owner);
}

/** Waits for a job that ends now: all events up to its end have come to this process. */
export async function hearAll(queue: Queue, dispatcher: PlayedDispatcher): Promise<void> {
  const job = await queue.put(work.job('heard'));
  const waiting = job.wait();
  await end(dispatcher, 'heard');
  await waiting;
}
