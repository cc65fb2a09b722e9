// Scripts that fail in their middle, on foreign or damaged data, lose no job: it is a dead letter,
// and goes on once that is mended (B1).
import { defineTask, joinJobs, local, NeverRetry, type Job, type Queue } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { aborted, gate } from '../../../../test/kit/gate.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('half-way');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const soon = { size: 2, pingInterval: 50, deathInterval: 300 };
const echo = defineTask('halfWay.echo', (value: unknown) => value);
const heeds = defineTask('halfWay.heeds', async () =>
  local.fence === 1 ? await aborted(local.signal) : 'ran again',
);
const joins = defineTask('halfWay.joins', (...jobs: Job[]) => joinJobs(jobs));

const deadLetterOf = async (queue: Queue, id: string) =>
  await eventually(async () => (await queue.deadLetters().list()).find((one) => one.id === id));

async function isDeadLetterOrEnded(queue: Queue, job: Job): Promise<void> {
  await eventually(async () => {
    const isDeadLetter = (await queue.deadLetters().list()).some(({ id }) => id === job.id);
    return isDeadLetter || (await job.refresh()).status === 'completed';
  });
}

/** Retries all dead letters until `isSo`. */
async function retriedUntil(queue: Queue, isSo: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(async () => {
    for (const { id } of await queue.deadLetters().list()) await queue.deadLetters().retry(id);
    return await isSo();
  });
}

/** Puts a string in place of a key; returns a function that restores it. */
async function makeForeign(key: string): Promise<() => Promise<unknown>> {
  const before = await redis.dumpBuffer(key);
  await redis.set(key, 'foreign');
  return async () =>
    before ? await redis.restore(key, 0, before, 'REPLACE') : await redis.del(key);
}

/** A job that runs, and its dispatcher. */
async function running<J extends Job>(queue: Queue, job: J, put: Job = job) {
  const dispatcher = await dispatchers.start(queue.name, soon);
  const started = hasStarted(dispatcher, job);
  await queue.put(put);
  await started;
  return dispatcher;
}

it('B1, Q5 a job with damaged quota names is a dead letter, or removed or cancelled', async () => {
  const queue = context.queue('odd-quotas');
  const jobs = await queue.putAll([echo.job(1), echo.job(2), echo.job(3)]);
  for (const { id } of jobs)
    await redis.hset(`${prefix}:odd-quotas:${id}`, 'opts', '{"quotas":[null,{},true]}');
  const [removed, cancelled, claimed] = jobs as [Job, Job, Job];
  await queue.remove(removed);
  expect(await redis.exists(`${prefix}:odd-quotas:${removed.id}`)).toBe(0);
  await cancelled.cancel('odd');
  await dispatchers.start('odd-quotas', soon);
  await expect(cancelled.wait()).rejects.toThrow('odd');
  expect((await deadLetterOf(queue, claimed.id)).reason).toContain('opts');
});

it('B1 a damaged job waits for a damaged list of dead letters to be mended', async () => {
  const queue = context.queue('no-list');
  const job = await queue.put(echo.job('x'));
  await redis.hset(`${prefix}:no-list:${job.id}`, 'data', '[');
  const mend = await makeForeign(`${prefix}:no-list:dead-letters`);
  const dispatcher = await dispatchers.start('no-list', soon);
  let refused = 0;
  dispatcher.on('error', () => refused++);
  expect(await (await queue.put(echo.job('after'))).wait()).toBe('after');
  // The run that found the damage has given up, and other claims have come.
  await eventually(() => refused > 6);
  await mend();
  await deadLetterOf(queue, job.id);
  await dispatcher.deactivate();
});

it.each(['holders', 'queued:quota-queued', 'woken:quota-woken'])(
  'B1, Q5 with a wrong type at %s of a quota, the job runs when it is mended',
  async (what) => {
    const queue = context.queue(`quota-${what.split(':')[0]}`);
    await queue.quotas.create('disk', 1);
    const mend = await makeForeign(`${prefix}:${queue.name}:quota:disk:${what}`);
    const { opened, open } = gate();
    const holds = defineTask(`halfWay.holds.${what}`, async () => await opened.then(() => 'held'));
    const jobs = await queue.putAll([holds.job(), holds.job()], { quotas: ['disk'] });
    const dispatcher = await dispatchers.start(queue.name, soon);
    expect(await (await queue.put(echo.job('after'))).wait()).toBe('after');
    open();
    await mend();
    let ended = 0;
    const all = Promise.all(jobs.map(async (job) => (await job.wait(), ended++)));
    await retriedUntil(queue, () => ended === 2);
    await all;
    await dispatcher.deactivate();
  },
);

it('B1 a retry that fails leaves the job a dead letter', async () => {
  const queue = context.queue('retry');
  const job = await queue.put(echo.job('x'));
  const key = `${prefix}:retry:${job.id}`;
  const data = (await redis.hget(key, 'data')) ?? '';
  await redis.hset(key, 'data', '[');
  const dispatcher = await dispatchers.start('retry', soon);
  await deadLetterOf(queue, job.id);
  await dispatcher.deactivate();
  const mend = await makeForeign(`${prefix}:retry:wait`);
  await expect(queue.deadLetters().retry(job.id)).rejects.toThrow('WRONGTYPE');
  await mend();
  await redis.hset(key, 'data', data);
  await queue.deadLetters().retry(job.id);
  await dispatchers.start('retry', soon);
  expect(await job.wait()).toBe('x');
});

it('B1, I3 an interrupt that cannot be decided makes its job a dead letter', async () => {
  const queue = context.queue('interrupt');
  const job = heeds.job();
  const first = await running(queue, job);
  await first.deactivate();
  const mend = await makeForeign(`${prefix}:interrupt:wait`);
  await dispatchers.start('interrupt', soon);
  expect((await deadLetterOf(queue, job.id)).reason).toContain('interrupt');
  await mend();
  await queue.deadLetters().retry(job.id);
  expect(await job.wait()).toBe('ran again');
});

/** Resolves when only the running part is under way, so that the damage meets that alone. */
async function isWaitingFor(whole: Job, ended: Job): Promise<void> {
  await ended.wait();
  await eventually(
    async () => await redis.zscore(`${prefix}:${whole.queue}:waiting-children`, whole.id),
  );
}

describe.each(['processed', 'failed', 'dependencies'])(
  'with a wrong type at %s of a composite',
  (what) => {
    it('B1, C2 a part that its interrupt aborts ends with it, once it is mended', async () => {
      const queue = context.queue(`aborted-${what}`);
      const part = heeds.job().with({ retryPolicy: NeverRetry });
      const fine = echo.job('fine');
      const whole = joins.job(part, fine);
      const first = await running(queue, part, whole);
      await isWaitingFor(whole, fine);
      await first.deactivate();
      const mend = await makeForeign(`${prefix}:${queue.name}:${whole.id}:${what}`);
      await dispatchers.start(queue.name, soon);
      await isDeadLetterOrEnded(queue, part);
      await mend();
      await retriedUntil(queue, async () => (await whole.refresh()).status === 'completed');
      await eventually(async () => (await part.refresh()).status === 'completed');
    });

    it('B1, O1 a part that is cancelled ends with it, once it is mended', async () => {
      const queue = context.queue(`cancelled-${what}`);
      const part = heeds.job();
      const fine = echo.job('fine');
      const whole = joins.job(part, fine);
      await running(queue, part, whole);
      await isWaitingFor(whole, fine);
      const mend = await makeForeign(`${prefix}:${queue.name}:${whole.id}:${what}`);
      await part.cancel('not wanted');
      await isDeadLetterOrEnded(queue, part);
      await mend();
      await retriedUntil(queue, async () => (await whole.refresh()).status === 'completed');
      await expect(part.wait()).rejects.toThrow('not wanted');
    });
  },
);

it('B1 a job whose interrupt vanished is a dead letter, and runs when it is retried', async () => {
  const queue = context.queue('dropped');
  const job = heeds.job();
  const first = await running(queue, job);
  await first.deactivate();
  const [interrupt = ''] = await redis.lrange(`${prefix}:dropped/system:wait`, 0, -1);
  await redis.lrem(`${prefix}:dropped/system:wait`, 0, interrupt);
  await redis.del(`${prefix}:dropped/system:${interrupt}`, `${prefix}:dropped/system:undecided`);
  await dispatchers.start('dropped', soon);
  await deadLetterOf(queue, job.id);
  await queue.deadLetters().retry(job.id);
  expect(await job.wait()).toBe('ran again');
});

it('B1, D6 a lock that is not UTF-8 does not block deactivate', async () => {
  const queue = context.queue('raw-lock');
  const job = heeds.job();
  const dispatcher = await running(queue, job);
  const key = `${prefix}:raw-lock:${job.id}:lock`;
  await redis.set(key, Buffer.concat([Buffer.from(`${dispatcher.uuid}:1:7`), Buffer.from([0xff])]));
  await dispatcher.deactivate();
  await dispatchers.start('raw-lock', soon);
  await deadLetterOf(queue, job.id);
});
