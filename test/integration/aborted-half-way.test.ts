// A job that has scheduled others is aborted in several steps: whoever begins may die, and the
// policy may answer otherwise when the next one begins (I3, I6).
import { defineTask, Failure, JobStatus, RetryCommonForever, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { MAIN_LANE } from '@drover/core/internal';
import { LaneKeys, RedisLane } from '../kit/store.js';
import { newUuid, testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { DIED, dyingBefore } from '../kit/dying-client.js';
import { eventually } from '../kit/wait.js';

const context = testContext('aborted-half-way');
const dispatchers = dispatchersIn(context);
const part = defineTask('half-way.part', () => new Promise<void>(() => {}));
const after = defineTask('half-way.after', (...jobs: Job[]) => jobs.length);

it.each([
  ['after the step that marks it', 2],
  ['after the last step', 3],
])('I6 a composite ends as aborted although its aborter died %s', async (when, step) => {
  const name = `step-${step}`;
  const queue = context.queue(name);
  const [early, late] = [part.job(), part.job()];
  const album = parallel([early, late], { postprocess: after.job() });
  // The next process has another policy for it than the one that died.
  await queue.put(album, { retryPolicy: RetryCommonForever });
  const first = await dispatchers.start(name, { size: 1 });
  await eventually(
    async () => (await album.refresh()).status === JobStatus.ACTIVE && album.interruptions === 0,
  );
  await eventually(async () => (await early.refresh()).status === JobStatus.ACTIVE);
  await first.deactivate();

  const keys = new LaneKeys(context.prefix, name, MAIN_LANE);
  const store = new RedisLane(
    await dyingBefore(context.redis, ['abandonChildren'], step),
    keys,
    newUuid(),
  );
  const interruptId = `${album.id}.interrupt.1`;
  expect(await store.waitingOwner(album.id)).toBe(interruptId);
  const failure = Failure.from(new Error(`died ${when}`));
  const abandoning = store.abandonChildren(
    { id: album.id, token: interruptId },
    { aborted: failure.toJSON() },
  );
  if (step === 2) await expect(abandoning).rejects.toBe(DIED);
  else await abandoning;
  const decided = { policyData: {}, delay: 0 };
  const other = { uuid: newUuid(), epoch: 1 };
  const later = store.waitOn({ id: album.id, token: interruptId }, other, decided);
  await expect(later).rejects.toMatchObject({ code: -6 });

  await dispatchers.start(name);
  await expect(album.wait({ timeout: 20_000 })).rejects.toMatchObject({
    message: expect.stringContaining('died'),
  });
});

it.each([
  ['marked', 2],
  ['marked with its children', 3],
])('I6 an inner composite ends although the aborter died when it was %s', async (_, step) => {
  const name = `inner-${step}`;
  const queue = context.queue(name);
  const [early, late, deep] = [part.job(), part.job(), part.job()];
  const inner = parallel([early, parallel([late, deep])]);
  const album = parallel([inner]);
  await queue.put(album);
  const first = await dispatchers.start(name, { size: 2 });
  await eventually(async () => (await late.refresh()).status === JobStatus.ACTIVE);
  await first.deactivate();

  const keys = new LaneKeys(context.prefix, name, MAIN_LANE);
  const aborted = Failure.from(new Error('died')).toJSON();
  const dying = new RedisLane(
    await dyingBefore(context.redis, ['abandonChildren'], step),
    keys,
    newUuid(),
  );
  const interruptId = `${album.id}.interrupt.1`;
  await expect(
    dying.abandonChildren({ id: album.id, token: interruptId }, { aborted }),
  ).rejects.toBe(DIED);
  expect(await context.redis.exists(keys.job(deep.id))).toBe(1);
  const next = new RedisLane(context.redis, keys, newUuid());
  await next.abandonChildren({ id: album.id, token: interruptId }, { aborted });
  expect(await context.redis.exists(keys.job(deep.id))).toBe(0);
  expect(await context.redis.zcard(keys.list('waiting-children'))).toBe(0);

  await dispatchers.start(name);
  await expect(album.wait({ timeout: 20_000 })).rejects.toThrow('died');
  await expect(inner.wait({ timeout: 20_000 })).rejects.toThrow('it was abandoned');
  await eventually(async () => (await context.redis.llen(keys.list('wait'))) === 0);
});
