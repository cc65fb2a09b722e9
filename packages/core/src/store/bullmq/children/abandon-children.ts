// Abandons the children of a job that ends without them, or schedules others.
import { clockOf } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import { AbortedError } from '../../../errors.js';
import { Failure } from '../../../codec/failure.js';
import type { Abandonment } from '../../../model/lane-store.js';
import { checkReply } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';
import type { Place } from './flow.js';
import { walkChildren } from './walk-children.js';

/**
 * Abandons the children of a job at any depth, fenced by its holder. The first step also gives
 * an aborted job its verdict: it ends with that, even if this process dies (I6). It can be repeated
 * after a crash.
 * @param holder the token of the job's lock, or its owner while it waits
 * @throws StoreRefusal where the job has another holder
 */
export async function abandonChildren(
  client: RedisClient,
  job: Place,
  holder: string,
  why: Abandonment,
): Promise<void> {
  const atTop =
    typeof why === 'string' ? [holder, why, ''] : [holder, 'aborted', JSON.stringify(why.aborted)];
  const abandon = async (
    { id, keys }: Place,
    depth: number,
    outerKey = '',
    names: readonly string[] = [],
  ): Promise<string[]> => {
    const message = `it was abandoned: job ${id}, which waited for it, goes on without it`;
    const reply = await runScript(
      client,
      'abandonChildren',
      [keys.job(id), keys.lock(id)],
      [
        // A child below has its verdict already, which is the fence of this step (I5).
        ...(depth === 0 ? atTop : ['', 'aborted', '']),
        keys.base,
        keys.root,
        outerKey,
        JSON.stringify(Failure.from(new AbortedError(message))),
        clockOf(client).now(),
        ...names,
      ],
    );
    checkReply(reply, id);
    return reply as string[];
  };
  await walkChildren(client, job, {
    visit: (above, names, outerKey, depth) => abandon(above, depth, outerKey, names),
    leave: (above, depth) => abandon(above, depth),
  });
}
