// The verdict about a job: of several the highest one counts, and the order in which they are given
// does not matter.
import { defineTask, Failure } from '@drover/core';
import type { StoredJob } from '@drover/core/internal';
import { newStoredJob } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('verdict');
const work = defineTask('verdict.work', () => {});

type Step = 'stop' | 'abort' | 'cancel';

/** The verdict about a composite after these steps; the message of each has its number. */
async function verdictAfter(...steps: readonly Step[]): Promise<StoredJob['verdict']> {
  const name = steps.join('-');
  const queue = context.queue(name);
  const composite = await queue.put(work.job());
  const { store, owner, claimNow, fail, uuid } = playDispatcher(context, name);
  const claim = await claimNow();
  const jobs = steps.map(() => newStoredJob(work.job()));
  const schedule = { jobs, inOrder: false, then: undefined, onFailure: 'stop' } as const;
  await store.schedule(claim, schedule, Date.now());
  await store.suspend(claim, owner);
  const parts = [];
  for (const step of steps) if (step === 'stop') parts.push(await claimNow());
  for (const [i, step] of steps.entries()) {
    const error = new Error(String(i));
    const part = step === 'stop' && parts.pop();
    const heldBy = (await store.holder(claim.id)) ?? `${uuid}:1`;
    if (part) await fail(part, error);
    else if (step === 'cancel') await composite.cancel(String(i));
    else {
      const aborted = Failure.from(error).toJSON();
      await store.abandonChildren({ id: claim.id, token: heldBy }, { aborted });
    }
  }
  return (await store.read(claim.id))?.verdict;
}

it.each<[Step[], string, string]>([
  [['stop', 'stop'], 'stopped', '0'],
  [['stop', 'abort'], 'aborted', '1'],
  [['abort', 'stop'], 'aborted', '0'],
  [['abort', 'abort'], 'aborted', '1'],
  [['stop', 'cancel'], 'cancelled', '1'],
  [['abort', 'cancel'], 'cancelled', '1'],
  [['cancel', 'abort'], 'cancelled', '0'],
  [['stop', 'abort', 'cancel'], 'cancelled', '2'],
])('O1, I3, C2 after %j a job ends as %s by step %s', async (steps, why, message) => {
  expect(await verdictAfter(...steps)).toMatchObject({ why, failure: { message } });
});

it('B1 a cancelled job whose verdict is damaged is read as cancelled', async () => {
  const queue = context.queue('damaged');
  const job = await queue.put(work.job());
  const { store, claimNow } = playDispatcher(context, 'damaged');
  await claimNow();
  await job.cancel('now');
  await context.redis.hset(store.keys.job(job.id), 'verdict', 'cancelled "x"');
  expect((await store.read(job.id))?.verdict).toEqual({
    why: 'cancelled',
    failure: { name: 'Error', message: 'it was cancelled' },
  });
});
