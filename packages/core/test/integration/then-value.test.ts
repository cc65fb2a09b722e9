// The reply to the claim of a composite has its result, where that is the value of its postprocess
// (docs/protocol/composites.md).
import { defineTask, type Job } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import { newStoredJob } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('then-value');
const work = defineTask('then-value.work', (value: unknown) => value);
const keyOf = (queue: string, { id }: { id: string }): string => `${context.prefix}:${queue}:${id}`;

/** A job that waits for a part and a postprocess, of which the postprocess is claimed. */
async function waiting(name: string) {
  const job = await context.queue(name).put(work.job('composite'));
  const dispatcher = playDispatcher(context, name);
  const claim = await dispatcher.claimNow();
  const [part, then] = [work.job('part'), work.job('then')] as [Job, Job];
  const schedule = { jobs: [newStoredJob(part)], inOrder: false, then: newStoredJob(then) };
  await dispatcher.store.schedule(claim, schedule, Date.now());
  await dispatcher.store.suspend(claim, dispatcher.owner);
  await dispatcher.complete(await dispatcher.claimNow(), 'part');
  return { job, dispatcher, then, postprocess: await dispatcher.claimNow() };
}

it('C2 a composite is claimed with the value of its postprocess, and ends with other jobs', async () => {
  const { job, dispatcher, postprocess } = await waiting('value');
  const { ends, claimed } = await dispatcher.completeAndClaim([[postprocess, 'value']], 1);
  const claim = claimed[0]?.job as ClaimedJob;
  expect([ends, claim.id, claim.thenValue]).toEqual([['stored'], job.id, '"value"']);
  const owned = `${context.prefix}:dispatcher:${dispatcher.uuid}:waiting`;
  expect(await context.redis.zcard(owned)).toBe(1);
  expect((await dispatcher.completeAndClaim([[claim, 'value']], 0)).ends).toEqual(['stored']);
  expect(await job.refresh()).toMatchObject({ status: 'completed', result: 'value' });
  expect(await context.redis.exists(owned)).toBe(0);
});

it('C2 a composite whose postprocess has failed is claimed without a value', async () => {
  const { job, dispatcher, postprocess } = await waiting('failed');
  await dispatcher.fail(postprocess, new Error('no'));
  expect(await dispatcher.claimNow()).toMatchObject({ id: job.id, thenValue: undefined });
});

it.each<[what: string, change: (name: string, then: Job, job: Job) => Promise<unknown>]>([
  ['is gone', (name, then) => context.redis.del(keyOf(name, then))],
  ['runs again', (name, then) => context.redis.hdel(keyOf(name, then), 'finishedOn')],
  [
    'is one of two children',
    (name, _, job) => context.redis.hset(`${keyOf(name, job)}:processed`, 'other', '1'),
  ],
])(
  'C2, B1 a composite is claimed without a value where its postprocess %s',
  async (what, change) => {
    const name = what.replaceAll(' ', '-');
    const { job, dispatcher, then, postprocess } = await waiting(name);
    await dispatcher.complete(postprocess, 'value');
    await change(name, then, job);
    expect(await dispatcher.claimNow()).toMatchObject({ id: job.id, thenValue: undefined });
  },
);
