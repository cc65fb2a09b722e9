// Abandons the children of a job that ends without them, or schedules others.
import { clockOf } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import { chunksOf } from '../../../lib/chunks.js';
import { AbortedError } from '../../../errors.js';
import { Failure, type FailureData } from '../../../codec/failure.js';
import { readAppended } from '../put/append.js';
import { parseManifest } from '../record-checks.js';
import { abortJob } from '../run/interrupts.js';
import type { LaneKeys } from '../keys.js';
import { checkReply, refusalCode } from '../scripts/refusal.js';
import { CHUNK, runScript } from '../scripts/run-script.js';

const MAX_ATTEMPTS = 5;
/** The holder of a job that is neither claimed nor waiting. */
const NO_HOLDER = '';

/**
 * The end of the job. 'last': it fails, and is woken for that if it waits. 'stop': the same, but
 * its children that wait for jobs of their own go on. 'reset': it forgets these children, and
 * schedules others or none. 'below': it is itself abandoned, and the call for its parent wakes it.
 */
export type AbandonEnd = 'last' | 'stop' | 'reset' | 'below';

/**
 * Abandons the children of a job at any depth, level by level, fenced by its holder. It can be
 * repeated after a crash.
 * @param holder the token of its lock, or its owner while it waits
 * @throws StoreRefusal where the job has another holder
 */
export async function abandonChildren(
  client: RedisClient,
  keys: LaneKeys,
  jobId: string,
  holder: string,
  end: AbandonEnd,
): Promise<void> {
  const json = await client.hget(keys.job(jobId), 'manifest');
  if (json === null) return;
  const failure = Failure.from(
    new AbortedError(`it was abandoned: job ${jobId}, which waited for it, goes on without it`),
  ).toJSON();
  const run = async (step: string, names: readonly string[]): Promise<string[]> => {
    const scriptKeys = [keys.job(jobId), keys.lock(jobId), keys.list('waiting-children')];
    const reply = await runScript(client, 'abandonChildren', scriptKeys, [
      holder,
      keys.base,
      keys.root,
      step,
      JSON.stringify(failure),
      clockOf(client).now(),
      ...names,
    ]);
    checkReply(reply, jobId);
    return reply as string[];
  };
  const { then, jobs, appended = 0 } = parseManifest(json);
  const takeAll = async (names: readonly string[]): Promise<void> => {
    for (const chunk of chunksOf(names, CHUNK)) {
      const left = await run(end === 'stop' ? 'stop' : 'first', chunk);
      for (const waiting of left) await abandonWaiting(client, keys.named(waiting), failure);
      if (left.length > 0) await run('again', left);
    }
  };
  // The postprocess first: otherwise the end of the last child would release it.
  await takeAll(then === undefined ? jobs : [then, ...jobs]);
  // Those appended while it waited, until there are none: a child that runs may append more.
  const late: string[] = [];
  for (;;) {
    const more = (await readAppended(client, keys, jobId)).slice(appended + late.length);
    if (more.length === 0) break;
    await takeAll(more);
    late.push(...more);
  }
  if (end !== 'below') await run(end === 'reset' ? 'reset' : 'last', end === 'reset' ? late : []);
}

/**
 * Abandons a child that waits for its own children, or was interrupted while it scheduled them: it
 * is marked as aborted, and its children are abandoned.
 */
async function abandonWaiting(
  client: RedisClient,
  { keys, id }: ReturnType<LaneKeys['named']>,
  failure: FailureData,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const owner = (await client.hget(keys.job(id), 'waitingOwner')) ?? NO_HOLDER;
    try {
      await abortJob(client, keys, id, owner, failure);
      // The parent's call wakes it, once no job waits for it: in a chain its end would otherwise
      // release the next part.
      return await abandonChildren(client, keys, id, owner, 'below');
    } catch (error) {
      // Its owner has changed: it was interrupted, its interrupt was decided, or it went on.
      if (refusalCode(error) === undefined) throw error;
    }
  }
}
