// Each write of a run that has lost its claim is refused, and changes nothing in Redis (I5).
import { defineTask } from '@drover/core';
import { type ClaimedJob } from '@drover/core/internal';
import { LaneKeys, RedisLane, refusalCode, RedisRecovery } from '../../../../test/kit/store.js';
import { isDeepStrictEqual } from 'node:util';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { snapshotKeys } from '../../../../test/kit/key-snapshot.js';
import { LOST, WRITES, writesOf } from '../../../../test/model/zombie-writes.js';

const context = testContext('fences');
const task = defineTask('fences.task', () => {});
const note = defineTask('fences.note', () => {});
const owner = newUuid();

interface Stage {
  store: RedisLane;
  lost: ClaimedJob;
  base: string;
  /** The interrupt that took the claim. */
  interruptId: string;
}

/** Operations that change nothing even where they are accepted. */
const READS = ['read of once'];

/** A job with a callback, and a claim of it. */
async function claimed(name: string): Promise<Omit<Stage, 'interruptId'>> {
  const queue = context.queue(name);
  await queue.quotas.create('disk', 1);
  const job = task.job();
  await job.addCallback(note.job());
  await queue.put(job, { quotas: ['disk'] });
  const keys = new LaneKeys(context.prefix, name, 'main');
  const store = new RedisLane(context.redis, keys, owner);
  const { job: lost } = await store.claim(`${owner}:1:1`);
  if (!lost) throw new Error('nothing was claimed');
  return { store, lost, base: `${context.prefix}:${name}` };
}

/** A job whose run has lost its claim to an interrupt. */
async function interrupted(name: string): Promise<Stage> {
  const stage = await claimed(name);
  const recovery = new RedisRecovery(context.redis, context.prefix, owner);
  const [claim] = await recovery.claims(name, 'main');
  if (!claim) throw new Error('there is no claim');
  const interruptId = await recovery.interrupt(claim);
  return { ...stage, interruptId: interruptId ?? '' };
}

const interruptOf = ({ lost, interruptId }: Stage) => ({ id: lost.id, token: interruptId });

const snapshotOf = (base: string) => snapshotKeys(context.redis, base, { names: {} });

/** The error of a write, if any. */
async function send({ store, lost }: Omit<Stage, 'interruptId'>, write: string): Promise<unknown> {
  return await writesOf(context.redis, store, lost)
    [write]?.()
    .then(
      () => undefined,
      (error: unknown) => error,
    );
}

async function isRefused(stage: Stage, write: string): Promise<void> {
  const before = await snapshotOf(stage.base);
  expect(LOST).toContain(refusalCode(await send(stage, write)));
  expect(await snapshotOf(stage.base)).toEqual(before);
}

it.each(WRITES)('I5 a run with its claim may send %s', async (write) => {
  const stage = await claimed(`own-${WRITES.indexOf(write)}`);
  const before = await snapshotOf(stage.base);
  const code = refusalCode(await send(stage, write));
  expect(LOST).not.toContain(code);
  // A result of a job with callbacks waits for them.
  const isStored = code === undefined && !READS.includes(write);
  expect(isDeepStrictEqual(await snapshotOf(stage.base), before)).toBe(!isStored);
});

describe.each(WRITES)('I5 a run that lost its claim sends %s, which', (write) => {
  it('is refused while an interrupt has the job', async () => {
    await isRefused(await interrupted(`held-${WRITES.indexOf(write)}`), write);
  });

  it('is refused when the job is to run again later', async () => {
    const stage = await interrupted(`later-${WRITES.indexOf(write)}`);
    await stage.store.retry(interruptOf(stage), 3_600_000, { policyData: {} });
    await isRefused(stage, write);
  });

  it('is refused when the job is pending, and when it is claimed again', async () => {
    const stage = await interrupted(`again-${WRITES.indexOf(write)}`);
    await stage.store.retry(interruptOf(stage), 0, { policyData: {} });
    await isRefused(stage, write);
    const { job } = await stage.store.claim(`${owner}:1:2`);
    expect(job?.fence).toBe(stage.lost.fence + 1);
    await isRefused(stage, write);
  });
});
