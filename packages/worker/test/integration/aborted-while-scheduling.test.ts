// A job that is aborted, or fails, while it schedules abandons the children it has. The process
// that does so may die, and the policy may answer otherwise when it is asked again (I3, I6).
import {
  defineRetryPolicy,
  defineTask,
  Failure,
  JobStatus,
  joinJobs,
  type Job,
} from '@drover/core';
import { MAIN_LANE, type ClaimedJob, type Schedule } from '@drover/core/internal';
import { LaneKeys, RedisLane, newStoredJob, RedisRecovery } from '../../../../test/kit/store.js';
import { pino } from 'pino';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { DIED, dyingBefore } from '../../../../test/kit/dying-client.js';
import { eventually } from '../../../../test/kit/wait.js';
import { Activation, newRun } from '../../src/activation/activation.js';
import { commit } from '../../src/run/commit.js';
import { handleInterrupt } from '../../src/system-tasks/handle-interrupt.js';

const context = testContext('aborted-while-scheduling');
const dispatchers = dispatchersIn(context);
const logger = pino({ level: 'silent' });

/** So many that they are scheduled in two chunks. */
const PARTS = 1_001;
const part = defineTask('scheduling.part', () => {});
let calls = 0;
const schedules = defineTask('scheduling.schedules', (ids: string[]) => {
  calls++;
  return joinJobs(ids.map((id) => Object.assign(part.job(), { id })));
});
let asked = 0;
const onlyAtFirst = defineRetryPolicy('scheduling.only-at-first', {
  jobError: () => false,
  commitError: () => false,
  interrupted: () => asked++ > 0,
});
const endsWithout = defineTask('scheduling.ends-without', () => 'nothing left');

/** Claims a job, and schedules the first chunk of its children. */
async function scheduledHalf(
  name: string,
): Promise<{ job: Job; activation: Activation; store: RedisLane }> {
  const parts = partsToSchedule();
  const job = await context
    .queue(name)
    .put(schedules.job(parts.map(({ id }) => id)), { retryPolicy: onlyAtFirst });
  const { activation, store } = await dyingProcess(name);
  await scheduleHalf(await claimed(store, activation), store, parts);
  expect(await context.queue(name).length()).toBe(PARTS - 1);
  return { job, activation, store };
}

function partsToSchedule(): Job[] {
  return Array.from({ length: PARTS }, () => part.job());
}

/** The store of a process that dies before it schedules a second chunk. */
async function dyingProcess(name: string): Promise<{ activation: Activation; store: RedisLane }> {
  const keys = new LaneKeys(context.prefix, name, MAIN_LANE);
  const activation = new Activation(newUuid(), 1);
  const client = await dyingBefore(context.redis, ['schedule'], 2);
  return { activation, store: new RedisLane(client, keys, activation.uuid) };
}

async function scheduleHalf(
  claim: ClaimedJob,
  store: RedisLane,
  parts: readonly Job[],
): Promise<void> {
  await expect(store.schedule(claim, scheduleOf(parts), Date.now())).rejects.toBe(DIED);
}

function scheduleOf(jobs: readonly Job[]): Schedule {
  const stored = jobs.map((job) => newStoredJob(job));
  // In packs they would be one chunk.
  return { jobs: stored, inOrder: false, then: undefined, packed: false };
}

async function claimed(store: RedisLane, activation: Activation): Promise<ClaimedJob> {
  const { job } = await store.claim(activation.newToken());
  if (!job) throw new Error('nothing is to be claimed');
  return job;
}

/** The store of a process that dies after it abandoned the children. */
function dyingAfterAbandon(store: RedisLane): RedisLane {
  const abandonChildren = store.abandonChildren.bind(store);
  store.abandonChildren = async (...args) => {
    await abandonChildren(...args);
    throw DIED;
  };
  return store;
}

async function interrupted(store: RedisLane, job: Job): Promise<void> {
  const token = (await store.holder(job.id)) ?? '';
  const { queue, lane } = store.keys;
  const recovery = new RedisRecovery(context.redis, context.prefix, newUuid());
  expect(await recovery.interrupt({ queue, lane, id: job.id, token, task: job.task })).toBe(
    `${job.id}.interrupt.1`,
  );
}

async function expectItFails(name: string, job: Job, error: string): Promise<void> {
  await dispatchers.start(name);
  await expect(job.wait({ timeout: 20_000 })).rejects.toMatchObject({ name: error });
  await eventually(async () => (await context.queue(name).length()) === 0);
}

beforeEach(() => {
  asked = calls = 0;
});

it('I3, I6 a job whose aborter dies ends aborted, without asking its policy again', async () => {
  const { job, activation, store } = await scheduledHalf('started');
  await interrupted(store, job);
  const token = activation.newToken();
  const system = new RedisLane(context.redis, store.keys.system, activation.uuid);
  const interrupt = (await system.claim(token)).job;
  const deps = {
    activation,
    laneStore: () => dyingAfterAbandon(store),
    logger,
    onFailed: () => {},
    onDecided: () => {},
  };
  await expect(handleInterrupt(interrupt as ClaimedJob, deps)).rejects.toBe(DIED);
  await system.putBack({ id: `${job.id}.interrupt.1`, token });

  await expectItFails('started', job, 'AbortedError');
  expect({ asked, calls }).toEqual({ asked: 1, calls: 0 });
});

it('I6 a job whose process dies when it abandoned the children still fails', async () => {
  const { job, activation, store } = await scheduledHalf('failed');
  const token = (await store.holder(job.id)) ?? '';
  await store.putBack({ id: job.id, token });
  const run = newRun(await claimed(store, activation), 'failed', 'main', () => {});
  const failed = { kind: 'failed', failure: Failure.from(new RangeError('of its task')) } as const;
  const deps = {
    activation,
    onError: () => activation.abandon(),
  };
  const committed = await commit(run, failed, { ...deps, store: dyingAfterAbandon(store) });
  expect(committed.kind).toBe('left');
  await interrupted(store, job);

  await expectItFails('failed', job, 'RangeError');
  expect({ asked, calls }).toEqual({ asked: 0, calls: 0 });
});

it.each([
  ['claimable', 0, PARTS],
  ['delayed for an hour', 3_600_000, PARTS + 1],
])(
  'C2, I6 a job interrupted while scheduling, %s, is abandoned with its children',
  async (...is) => {
    const [name, delay, length] = is;
    const [outer, inner, parts] = [part.job(), part.job(), partsToSchedule()];
    const queue = context.queue(name);
    await queue.put(outer);
    const { activation, store } = await dyingProcess(name);
    const outerClaim = await claimed(store, activation);
    const other = new RedisLane(context.redis, store.keys, activation.uuid);
    await other.schedule(outerClaim, scheduleOf([inner]), Date.now());
    await scheduleHalf(await claimed(store, activation), store, parts);
    await interrupted(store, inner);
    await other.retry({ id: inner.id, token: `${inner.id}.interrupt.1` }, delay, {
      policyData: {},
    });
    expect(await queue.length()).toBe(length);

    await other.abandonChildren(outerClaim, 'reset');
    const left = await queue.jobs({
      status: [JobStatus.PENDING, JobStatus.ASSIGNED, JobStatus.ACTIVE],
    });
    expect(left.map(({ id }) => id).sort()).toEqual(
      [outer.id, inner.id, `${inner.id}.interrupt.1`].sort(),
    );
    await other.complete(outerClaim, '1', activation);
    const again = await claimed(store, activation);
    expect(again).toMatchObject({
      id: inner.id,
      verdict: { why: 'aborted', failure: { name: 'AbortedError' } },
    });
  },
);

it('C2, I5 a job that has ended meanwhile is not abandoned', async () => {
  const [job, one] = [part.job(), part.job()];
  const queue = context.queue('ended');
  await queue.put(job);
  const keys = new LaneKeys(context.prefix, 'ended', MAIN_LANE);
  const activation = new Activation(newUuid(), 1);
  const store = new RedisLane(context.redis, keys, activation.uuid);
  const claim = await claimed(store, activation);
  await store.schedule(claim, scheduleOf([one]), Date.now());
  await store.complete(await claimed(store, activation), '1', activation);
  await store.complete(claim, '[1]', activation);
  const before = await context.redis.hgetall(keys.job(job.id));
  await expect(store.abandonChildren({ id: job.id, token: '' }, 'reset')).rejects.toMatchObject({
    code: -6,
  });
  expect(await context.redis.hgetall(keys.job(job.id))).toEqual(before);
});

it('C3, I6 a job that needs no children in its next run waits for none', async () => {
  const queue = context.queue('without');
  const job = await queue.put(endsWithout.job());
  const { activation, store } = await dyingProcess('without');
  const schedule = { ...scheduleOf(partsToSchedule()), then: newStoredJob(part.job()) };
  const scheduling = store.schedule(await claimed(store, activation), schedule, Date.now());
  await expect(scheduling).rejects.toBe(DIED);
  await interrupted(store, job);
  const other = new RedisLane(context.redis, store.keys, activation.uuid);
  await other.retry({ id: job.id, token: `${job.id}.interrupt.1` }, 0, { policyData: {} });

  await dispatchers.start('without');
  expect(await job.wait({ timeout: 20_000 })).toBe('nothing left');
  await eventually(async () => (await queue.length()) === 0);
});
