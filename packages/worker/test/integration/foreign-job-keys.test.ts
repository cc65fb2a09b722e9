// A key of the wrong Redis type in place of a job's key: other jobs go on, and the job can be
// listed, mended and dropped (B1).
import { defineTask, joinJobs, local, type Job, type Queue } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { aborted, gate } from '../../../../test/kit/gate.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('foreign-job-keys');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const JOB_KEYS = [
  'lock',
  'dependencies',
  'processed',
  'failed',
  'unsuccessful',
  'logs',
  'annotations',
  'once',
];

const echo = defineTask('foreignJobKeys.echo', (value: unknown) => value);
let finish = gate();
const writes = defineTask('foreignJobKeys.writes', async () => {
  await finish.opened;
  await local.setLiveAnnotation('step', 1).catch(() => {});
  return await local.once('paid', () => 'receipt').catch(() => 'none');
});
const joins = defineTask('foreignJobKeys.joins', (...jobs: Job[]) => joinJobs(jobs));
const heeds = defineTask('foreignJobKeys.heeds', async () =>
  local.fence === 1 ? await aborted(local.signal) : 'ran again',
);
beforeEach(() => (finish = gate()));
/** Claims without a run are found soon. */
const soon = { pingInterval: 50, deathInterval: 300 };

/** Returns a function that restores the key. */
async function makeForeign(
  queue: Queue,
  id: string,
  suffix: string,
): Promise<() => Promise<unknown>> {
  const key = `${prefix}:${queue.name}:${id}:${suffix}`;
  const before = await redis.dumpBuffer(key);
  await redis.del(key);
  if (suffix === 'lock') await redis.rpush(key, 'foreign');
  else await redis.set(key, 'foreign');
  return async () =>
    before ? await redis.restore(key, 0, before, 'REPLACE') : await redis.del(key);
}

const isDeadLetter = async (queue: Queue, id: string) =>
  (await queue.deadLetters().list()).some((one) => one.id === id);

/**
 * The jobs have ended or are dead letters, and none is between. Each dead letter can be dropped
 * with all its keys.
 */
async function expectSettled(queue: Queue, ...ids: string[]): Promise<void> {
  for (const id of ids)
    await eventually(
      async () => (await isDeadLetter(queue, id)) || (await queue.get(id))?.status === 'completed',
    );
  await queue.jobs({ status: ['pending', 'active', 'completed'] });
  const base = `${prefix}:${queue.name}`;
  expect(await redis.llen(`${base}:active`)).toBe(0);
  for (const id of ids) {
    if (!(await isDeadLetter(queue, id))) continue;
    await queue.deadLetters().drop(id);
    expect(await redis.keys(`${base}:${id}*`)).toEqual([]);
  }
}

/** A job that runs, and one that waits for its slot. */
async function running(queue: Queue) {
  const job = writes.job();
  const dispatcher = await dispatchers.start(queue.name, { size: 1 });
  const started = hasStarted(dispatcher, job);
  await queue.put(job);
  await started;
  return { job, dispatcher, after: await queue.put(echo.job('after')) };
}

describe.each(JOB_KEYS)('a job with a wrong type in its key %s', (suffix) => {
  it('B1 is passed over while it is pending', async () => {
    const queue = context.queue(`pending-${suffix}`);
    const [job, after] = [await queue.put(writes.job()), await queue.put(echo.job('after'))];
    finish.open();
    await makeForeign(queue, job.id, suffix);
    await dispatchers.start(queue.name, { size: 1 });
    expect(await after.wait()).toBe('after');
    await expectSettled(queue, job.id);
  });

  it('B1 is passed over while it is active', async () => {
    const queue = context.queue(`active-${suffix}`);
    const { job, after } = await running(queue);
    await makeForeign(queue, job.id, suffix);
    finish.open();
    expect(await after.wait()).toBe('after');
    await expectSettled(queue, job.id);
  });

  it('B1 is passed over when its dispatcher is interrupted', async () => {
    const queue = context.queue(`interrupted-${suffix}`);
    const { job, after, dispatcher } = await running(queue);
    await makeForeign(queue, job.id, suffix);
    await dispatcher.deactivate({ grace: 0 });
    finish.open();
    await dispatchers.start(queue.name, { size: 1, ...soon });
    expect(await after.wait()).toBe('after');
    await expectSettled(queue, job.id);
  });

  it('B1 goes on when the key is mended, while it waits for another job', async () => {
    const queue = context.queue(`waits-${suffix}`);
    const part = writes.job();
    const whole = joins.job(part);
    const dispatcher = await dispatchers.start(queue.name, { size: 1 });
    const started = hasStarted(dispatcher, part);
    await queue.put(whole);
    await started;
    const after = await queue.put(echo.job('after'));
    const mend = await makeForeign(queue, whole.id, suffix);
    finish.open();
    expect(await after.wait()).toBe('after');
    await eventually(
      async () =>
        (await isDeadLetter(queue, part.id)) || (await part.refresh()).status === 'completed',
    );
    await mend();
    for (const { id } of await queue.deadLetters().list()) await queue.deadLetters().retry(id);
    expect(await whole.wait()).toEqual(['receipt']);
  });
});

it('B1 an active job without a lock is a dead letter, and can be retried', async () => {
  const queue = context.queue('no-lock');
  const job = heeds.job();
  const dispatcher = await dispatchers.start(queue.name, { size: 1, ...soon });
  const started = hasStarted(dispatcher, job);
  await queue.put(job);
  await started;
  await redis.del(`${prefix}:no-lock:${job.id}:lock`);
  const [found] = await eventually(async () => {
    const all = await queue.deadLetters().list();
    return all.length > 0 && all;
  });
  expect(found).toMatchObject({
    id: job.id,
    reason: expect.stringContaining('active without a holder'),
  });
  expect(await queue.put(echo.job('after')).then((after) => after.wait())).toBe('after');
  await queue.deadLetters().retry(job.id);
  expect(await job.wait()).toBe('ran again');
});
