// A job that has scheduled others is aborted in several steps: whoever begins may die, and the
// policy may answer otherwise when the next one begins (I3, I6).
import { defineTask, Failure, JobStatus, RetryCommonForever, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { MAIN_LANE } from '@drover/core/internal';
import { abortJob, LaneKeys, LaneStore, ownWaiting } from '../kit/store.js';
import { newUuid, testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { eventually } from '../kit/wait.js';

const context = testContext('aborted-half-way');
const dispatchers = dispatchersIn(context);
const part = defineTask('half-way.part', () => new Promise<void>(() => {}));
const after = defineTask('half-way.after', (...jobs: Job[]) => jobs.length);

it.each([
  ['after the mark', []],
  ['after the mark, and with what is called at the end taken back', ['postprocess']],
])('I6 whoever aborts it dies %s: it ends aborted all the same', async (when, abandoned) => {
  const name = abandoned.length > 0 ? 'taken' : 'marked';
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
  const store = new LaneStore(context.redis, keys, newUuid());
  const interruptId = `${album.id}.interrupt.1`;
  expect(await store.waitingOwner(album.id)).toBe(interruptId);
  const failure = Failure.from(new Error(`died ${when}`));
  await abortJob(context.redis, keys, album.id, interruptId, failure.toJSON());
  const decided = { policyData: {}, delay: 0 };
  const other = { uuid: newUuid(), epoch: 1 };
  const later = ownWaiting(context.redis, keys, album.id, interruptId, other, decided);
  await expect(later).rejects.toMatchObject({ code: -6 });
  if (abandoned.length > 0) await store.abandonChildren(album.id, interruptId);

  await dispatchers.start(name);
  await expect(album.wait({ timeout: 20_000 })).rejects.toMatchObject({
    message: expect.stringContaining('died'),
  });
});
