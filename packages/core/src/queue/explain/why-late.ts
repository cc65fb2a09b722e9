// Says in the TimeoutError of a wait why the job is not done (O4).
import { setTimeout as pause } from 'node:timers/promises';
import { TimeoutError } from '../../errors.js';
import type { UseStore } from '../../store/bullmq/queue-access.js';
import { explainJob, type AskedJob } from './explain.js';

/** ms that a wait takes longer, at most, to say why. */
const MOST_EXTRA = 500;

/**
 * Waits, and adds the explanation to a TimeoutError. Where there is none in time, or Redis is away,
 * the error stays as it is.
 */
export async function sayingWhy<T>(wait: Promise<T>, use: UseStore, job: AskedJob): Promise<T> {
  try {
    return await wait;
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    const why = await explainSoon(use, job);
    throw why ? new TimeoutError(`${error.message}. ${why.sentence} ${why.advice}`) : error;
  }
}

async function explainSoon(use: UseStore, job: AskedJob) {
  const late = new AbortController();
  const giveUp = pause(MOST_EXTRA, undefined, { signal: late.signal });
  let isOver = false;
  void giveUp.then(
    () => (isOver = true),
    () => undefined,
  );
  const found = explainJob(use, job, () => isOver).catch(() => undefined);
  try {
    return await Promise.race([found, giveUp]);
  } finally {
    late.abort();
  }
}
