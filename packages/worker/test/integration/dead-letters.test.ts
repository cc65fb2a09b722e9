// Damaged and foreign records become dead letters with a reason, and other jobs go on (B1).
import { defineTask, Failure, joinJobs, type Queue, type Job } from '@drover/core';
import { Queue as BullQueue } from 'bullmq';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('dead-letters');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const echo = defineTask('deadLetter.echo', (value: unknown) => value);
const joins = defineTask('deadLetter.joins', (...jobs: Job[]) => joinJobs(jobs));

const keyOf = (queue: Queue, id: string): string => `${prefix}:${queue.name}:${id}`;

/** The only dead letter of a queue. */
async function onlyDeadLetter(queue: Queue) {
  return await eventually(async () => (await queue.deadLetters().list())[0]);
}

const damages: Record<string, (job: string) => Promise<unknown>> = {
  'opts that are not JSON': (job) => redis.hset(job, 'opts', '{"attempts":'),
  'opts that are no object': (job) => redis.hset(job, 'opts', '[1]'),
  'opts of wrong types': (job) => redis.hset(job, 'opts', '{"quotas":"disk"}'),
  'a policy that is an object': (job) => redis.hset(job, 'opts', '{"retryPolicy":{}}'),
  'data that are not JSON': (job) => redis.hset(job, 'data', '["a'),
  'data that are no array': (job) => redis.hset(job, 'data', '{"to":"x"}'),
  'data with an unknown tag': (job) =>
    redis.hset(job, 'data', '[{"$drover":"nonsense","value":1}]'),
  'data with a tag that are no array': (job) =>
    redis.hset(job, 'data', '{"$drover":"date","value":0}'),
  'data that are not UTF-8': (job) => redis.hset(job, 'data', Buffer.from([0x5b, 0xff, 0xfe])),
  'no data': (job) => redis.hdel(job, 'data'),
  'no name': (job) => redis.hdel(job, 'name'),
  'a manifest of wrong types': (job) => redis.hset(job, 'manifest', '{"jobs":"all"}'),
  'policyData that are not JSON': (job) => redis.hset(job, 'policyData', 'x'),
  'a failure that is a string': (job) => redis.hset(job, 'verdict', 'aborted "x"'),
  'callbacks that are not JSON': (job) => redis.hset(job, 'callbacks', '[['),
  'nothing under its id': (job) => redis.del(job),
  'a list under its id': async (job) => {
    await redis.del(job);
    await redis.rpush(job, 'x');
  },
  'a string under its id': async (job) => await redis.set(job, 'x'),
};

describe.each(Object.entries(damages))('%s', (what, damage) => {
  const queue = context.queue(what.replace(/ /g, '-'));
  it('B1 the job is a dead letter with the reason, and the next one runs', async () => {
    const damaged = await queue.put(echo.job('damaged'));
    const next = await queue.put(echo.job('next'));
    await damage(keyOf(queue, damaged.id));
    const dispatcher = await dispatchers.start(queue.name, { size: 1 });
    expect(await next.wait()).toBe('next');
    const found = await onlyDeadLetter(queue);
    expect(found).toMatchObject({ id: damaged.id, lane: 'main' });
    expect(found.reason).not.toBe('unknown');
    expect(found.reason).not.toContain('damaged"');
    expect(await redis.llen(`${prefix}:${queue.name}:active`)).toBe(0);
    // The queue can still be listed and read.
    await queue.jobs({ status: ['pending', 'active', 'completed'] });
    await queue.get(damaged.id);

    await queue.deadLetters().drop(damaged.id);
    expect(await queue.deadLetters().list()).toEqual([]);
    expect(await redis.keys(`${keyOf(queue, damaged.id)}*`)).toEqual([]);
    await dispatcher.deactivate();
  });
});

it('B1 an id that is not UTF-8 blocks no other job', async () => {
  const queue = context.queue('odd-id');
  const id = Buffer.from([0xff, 0xfe]);
  await redis.hset(Buffer.concat([Buffer.from(`${prefix}:odd-id:`), id]), {
    name: 'deadLetter.echo',
    data: '["odd"]',
    opts: '{}',
    timestamp: 1,
  });
  await redis.rpush(`${prefix}:odd-id:wait`, id);
  await redis.rpush(`${prefix}:odd-id:active`, Buffer.from([0xff]));
  const jobs = await queue.putAll([echo.job(1), echo.job(2)]);
  const dispatcher = await dispatchers.start('odd-id', {
    size: 1,
    pingInterval: 50,
    deathInterval: 300,
  });
  expect(await Promise.all(jobs.map((job) => job.wait()))).toEqual([1, 2]);
  const found = await eventually(async () => {
    const all = await queue.deadLetters().list();
    return all.length === 2 && all;
  });
  expect(found.map(({ reason }) => reason)).toEqual(
    expect.arrayContaining(['its id is not UTF-8']),
  );
  expect(await redis.llen(`${prefix}:odd-id:active`)).toBe(0);
  for (const one of found) await queue.deadLetters().drop(one.id);
  expect(await queue.deadLetters().list()).toEqual([]);
  await dispatcher.deactivate();
  await queue.jobs({ status: ['pending', 'active', 'completed'] });
});

it('B1 a job with damaged dependents ends', async () => {
  const queue = context.queue('dependents');
  const job = await queue.put(echo.job('ends'));
  await redis.hset(keyOf(queue, job.id), 'dependents', '[[');
  await dispatchers.start('dependents');
  expect(await job.wait()).toBe('ends');
});

it('B1 a mended dead letter runs when it is retried', async () => {
  const queue = context.queue('mended');
  const job = await queue.put(echo.job('mended'));
  const opts = (await redis.hget(keyOf(queue, job.id), 'opts')) ?? '';
  await redis.hset(keyOf(queue, job.id), 'opts', 'x');
  await dispatchers.start('mended');
  const found = await onlyDeadLetter(queue);
  expect(found).toMatchObject({ task: 'deadLetter.echo', reason: 'its field opts is not JSON' });
  expect(found.at).toBeLessThanOrEqual(Date.now());
  await redis.hset(keyOf(queue, job.id), 'opts', opts);
  await queue.deadLetters().retry(job.id);
  expect(await job.wait()).toBe('mended');
});

it('B1 jobs that another program put with BullMQ run, or are dead letters', async () => {
  const bull = new BullQueue('foreign', { connection: { url: context.redisUrl }, prefix });
  cleanUpLater(() => bull.close());
  const queue = context.queue('foreign');
  await dispatchers.start('foreign');
  await bull.add('deadLetter.echo', { to: 'ada@example.com' }, { jobId: 'mail-1' });
  const found = await onlyDeadLetter(queue);
  expect(found).toMatchObject({
    id: 'mail-1',
    task: 'deadLetter.echo',
    reason: expect.stringContaining('an array'),
  });
  expect(found.reason).not.toContain('ada');
  await bull.add('deadLetter.echo', ['good'], {
    jobId: 'mail-2',
    attempts: 3,
    removeOnComplete: false,
  });
  expect(await eventually(async () => (await queue.get('mail-2'))?.result)).toBe('good');
});

it('B1, C2 dropping a dead-letter part lets its composite go on', async () => {
  const queue = context.queue('part');
  const part = await queue.put(echo.job('part'), { beginAfter: 300 });
  await redis.hset(keyOf(queue, part.id), 'data', '[');
  await dispatchers.start('part');
  const whole = await queue.put(joins.job(part, echo.job('fine')));
  expect((await onlyDeadLetter(queue)).id).toBe(part.id);
  expect((await whole.refresh()).status).toBe('active');
  await queue.deadLetters().drop(part.id);
  expect(await whole.wait()).toEqual([expect.any(Failure), 'fine']);
});

it('O1, Q3 a dead letter can be cancelled and removed', async () => {
  const queue = context.queue('ends');
  const jobs = await queue.putAll([echo.job(1), echo.job(2)]);
  for (const job of jobs) await redis.hset(keyOf(queue, job.id), 'policyData', 'x');
  await dispatchers.start('ends');
  await eventually(async () => (await queue.deadLetters().list()).length === 2);
  await jobs[0]?.cancel('no use');
  await expect(jobs[0]?.wait()).rejects.toMatchObject({ name: 'CancelledError' });
  await queue.remove(jobs[1] as Job);
  expect(await queue.deadLetters().list()).toEqual([]);
});

it('B1 a handleInterrupt job without a job is a dead letter', async () => {
  const queue = context.queue('system');
  const base = `${prefix}:system/system:`;
  await redis.hset(`${base}odd`, {
    name: 'drover.handleInterrupt',
    data: '[1]',
    opts: '{}',
    timestamp: 1,
  });
  await redis.lpush(`${base}wait`, 'odd');
  await redis.zadd(`${base}marker`, 0, '0');
  await dispatchers.start('system');
  expect(await onlyDeadLetter(queue)).toMatchObject({
    id: 'odd',
    lane: 'system',
    reason: 'its field data does not have the right form',
  });
});

it('B1 damaged records of a dispatcher do not block its cleanup', async () => {
  const queue = context.queue('records');
  const dispatcher = await dispatchers.start('records');
  await redis.zadd(
    `${prefix}:dispatcher:${dispatcher.uuid}:waiting`,
    1,
    'not JSON',
    2,
    '{"queue":5}',
  );
  await redis.hset(`${prefix}:dispatcher:${dispatcher.uuid}`, 'queues', '[');
  await dispatcher.deactivate();
  const again = await dispatchers.start('records', { uuid: dispatcher.uuid });
  expect(await (await queue.put(echo.job('again'))).wait()).toBe('again');
  await again.deactivate();
});

it('Q5 an empty list of quotas is not damaged', async () => {
  const queue = context.queue('no-quotas');
  await dispatchers.start('no-quotas');
  expect(await (await queue.put(echo.job('runs'), { quotas: [] })).wait()).toBe('runs');
});

it('B1 retry and drop refuse a job that is no dead letter', async () => {
  const queue = context.queue('refused');
  const job = await queue.put(echo.job(1));
  await expect(queue.deadLetters().retry(job.id)).rejects.toMatchObject({
    code: 'DROVER_BAD_STATUS',
  });
  await expect(queue.deadLetters().drop(job.id)).rejects.toMatchObject({
    code: 'DROVER_BAD_STATUS',
  });
  await expect(queue.deadLetters().drop(5 as never)).rejects.toMatchObject({
    code: 'DROVER_INVALID_ARGUMENT',
  });
});
