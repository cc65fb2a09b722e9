// Taking back what a job scheduled below itself: it ends without them, or schedules others.
import { clockOf } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import { AbortedError } from '../../../errors.js';
import { Failure, type FailureData } from '../../../codec/failure.js';
import { readAppended } from '../put/append.js';
import { parseManifest } from '../damaged.js';
import { abortJob } from '../run/interrupts.js';
import type { LaneKeys } from '../keys.js';
import { checkReply, refusalCode } from '../scripts/refusal.js';
import { CHUNK, runScript } from '../scripts/run-script.js';

const MAX_ATTEMPTS = 5;
/** Holds what is neither claimed nor waits for others. */
const NOBODY = '';

/**
 * Why it is taken back: the job ends, and is woken for that if it waits; it ends, and what has
 * started goes on; it schedules other jobs; or it is taken back itself, which wakes it.
 */
export type AbandonEnd = 'last' | 'stop' | 'reset' | 'below';

/**
 * Takes back all that stands below a job, level by level, fenced by its holder. It can be repeated
 * after a crash.
 * @param holder the token of its lock, or its owner while it waits
 * @throws StoreRefusal where somebody else holds it
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
    new AbortedError(`it was taken back: job ${jobId}, which waited for it, goes on without it`),
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
    for (let start = 0; start < names.length; start += CHUNK) {
      const left = await run(end === 'stop' ? 'stop' : 'first', names.slice(start, start + CHUNK));
      for (const waiting of left) await abandonWaiting(client, keys.named(waiting), failure);
      if (left.length > 0) await run('again', left);
    }
  };
  // Outermost first: what is above must not be released by what goes below it.
  await takeAll(then === undefined ? jobs : [then, ...jobs]);
  // Those appended while it waited, as long as one that runs could still append.
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
 * A job below that waits for jobs of its own, or was interrupted while it scheduled them and has
 * not gone on: it fails, and those go first.
 */
async function abandonWaiting(
  client: RedisClient,
  { keys, id }: ReturnType<LaneKeys['named']>,
  failure: FailureData,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const owner = (await client.hget(keys.job(id), 'waitingOwner')) ?? NOBODY;
    try {
      await abortJob(client, keys, id, owner, failure);
      // It is woken when nothing above it waits for it any more: in a row its end would release the
      // next one.
      return await abandonChildren(client, keys, id, owner, 'below');
    } catch (error) {
      // Its owner has changed meanwhile: it was interrupted, or somebody decided that; or it went
      // on, and is claimed, or has ended.
      if (refusalCode(error) === undefined) throw error;
    }
  }
}
