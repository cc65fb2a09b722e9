// Each write of a run that has lost its job is refused, and leaves everything in Redis as it is (I5).
import { defineTask } from '@drover/core';
import { LaneKeys, LaneStore, readActiveClaims, seize, type ClaimedJob } from '@drover/core/internal';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { snapshotKeys } from '../../../../test/kit/key-snapshot.js';
import { WRITES, writesOf } from '../../../../test/model/zombie-writes.js';

const context = testContext('fences');
const task = defineTask('fences.task', () => {});
const note = defineTask('fences.note', () => {});
const owner = newUuid();

interface Stage {
  store: LaneStore;
  lost: ClaimedJob;
  base: string;
  /** The interrupt that has taken the job. */
  interruptId: string;
}

/** A job with a callback, whose run has lost it to an interrupt. */
async function seized(name: string): Promise<Stage> {
  const queue = context.queue(name);
  await queue.quotas.create('disk', 1);
  const job = task.job();
  await job.addCallback(note.job());
  await queue.put(job, { quotas: ['disk'] });
  const keys = new LaneKeys(context.prefix, name, 'main');
  const store = new LaneStore(context.redis, keys, owner);
  const { job: lost } = await store.claim(`${owner}:1:1`);
  const [claim] = await readActiveClaims(context.redis, keys);
  if (!lost || !claim) throw new Error('nothing was claimed');
  const interruptId = await seize(context.redis, keys, claim, Date.now());
  return { store, lost, base: `${context.prefix}:${name}`, interruptId: interruptId ?? '' };
}

async function isRefused({ store, lost, base }: Stage, write: string): Promise<void> {
  const snapshot = () => snapshotKeys(context.redis, base, { names: {} });
  const before = await snapshot();
  await expect(writesOf(context.redis, store, lost)[write]?.()).rejects.toMatchObject({ name: expect.any(String) });
  expect(await snapshot()).toEqual(before);
}

describe.each(WRITES)('I5 of a run that has lost its job, %s', (write) => {
  it('is refused while its interrupt has it', async () => {
    await isRefused(await seized(`held-${WRITES.indexOf(write)}`), write);
  });

  it('is refused when it is to run again later', async () => {
    const stage = await seized(`later-${WRITES.indexOf(write)}`);
    await stage.store.retry(stage.lost.id, stage.interruptId, 3_600_000, { policyData: {} });
    await isRefused(stage, write);
  });

  it('is refused when it is pending again, and when it is claimed by the same dispatcher again', async () => {
    const stage = await seized(`again-${WRITES.indexOf(write)}`);
    await stage.store.retry(stage.lost.id, stage.interruptId, 0, { policyData: {} });
    await isRefused(stage, write);
    const { job } = await stage.store.claim(`${owner}:1:2`);
    expect(job?.fence).toBe(stage.lost.fence + 1);
    await isRefused(stage, write);
  });
});
