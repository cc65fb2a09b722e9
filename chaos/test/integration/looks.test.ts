// The looks at Redis can fail: what is wrong there is found in real keys, and nothing where all is
// well.
import { defineTask, type Job } from '@drover/core';
import { newUuid, testContext } from '../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../test/kit/dispatchers.js';
import { readStored, readStreams } from '../../check/read.js';
import { removeAll } from '../../removal.js';
import { lookAt } from '../../sampler.js';

const context = testContext('chaos-looks');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
/** Looked through as a whole. */
const removing = testContext('chaos-removing');
let go = (): void => {};
const waits = defineTask('looks.waits', () => new Promise<void>((resolve) => (go = resolve)));
const value = defineTask('looks.value', (what: unknown) => what);

it('I1, Q5 an active job of a dead owner is found, and so are wrong holders of quotas', async () => {
  const queue = 'looked';
  const dispatcher = dispatchers.make(queue);
  const job = waits.job() as Job;
  const started = hasStarted(dispatcher, job);
  await context.queue(queue).put(job);
  await dispatcher.activate();
  await started;
  const place = { prefix, queue, queues: [queue], deathInterval: 30_000 };
  const record = `${prefix}:dispatcher:${dispatcher.uuid}`;
  expect(await lookAt(redis, place)).toEqual({
    held: [0, 0, 0, 0],
    orphans: [],
    live: [`${dispatcher.uuid}:1`],
  });

  await redis.hset(`${prefix}:${queue}:quota:two:holders`, { a: 1, b: 1, c: 1 });
  await redis.hset(record, 'status', 'deactivated');
  const key = `${prefix}:${queue}:${job.id}`;
  const token = await redis.get(`${key}:lock`);
  expect(await lookAt(redis, place)).toEqual({
    held: [0, 3, 0, 0],
    orphans: [`${key} ${token}`],
    live: [],
  });
  await redis.hset(record, 'status', 'active');
  await redis.del(`${prefix}:${queue}:quota:two:holders`);
  go();
  await job.wait();
});

it('J9 keys that are left when every job has been removed are found', async () => {
  const queue = 'removed';
  const dispatcher = await dispatchersIn(removing).start(queue);
  const jobs = await removing.queue(queue).putAll([value.job(1), value.job(2)]);
  for (const job of jobs) await job.wait();
  await dispatcher.deactivate();
  const found = async () =>
    (await removeAll(redis, { prefix: removing.prefix, queues: [queue] })).violations.map(
      ({ what }) => what,
    );
  expect(await found()).toEqual([]);
  const expiring = `${removing.prefix}:${queue}:${jobs[0]?.id}:replaced`;
  await redis.set(expiring, 'call job', 'EX', 600);
  const wishes = `${removing.prefix}:dispatcher:${dispatcher.uuid}:wishes`;
  await redis.rpush(wishes, '{}');
  expect(await found()).toEqual([]);
  await redis.persist(expiring);
  await redis.rename(wishes, `${removing.prefix}:dispatcher:${newUuid()}:wishes`);
  expect(await found()).toHaveLength(2);
  await redis.del(expiring);
  const left = `${removing.prefix}:${queue}:${jobs[0]?.id}:annotations`;
  await redis.hset(left, 'note', '1');
  expect(await found()).toContain(`${left} is left in Redis when every job has been removed`);
});

it('all jobs and events of a lane are read, also where they take several round trips', async () => {
  const name = 'read';
  const jobs = Array.from({ length: 1_001 }, (_, i) => value.job(i));
  await context.queue(name).putAll(jobs);
  const ids = jobs.map(({ id }) => id).sort();
  const base = `${prefix}:${name}`;
  const stored = await readStored(redis, [['main', base]]);
  expect([...stored.keys()].sort()).toEqual(ids);
  const { moves, ends } = await readStreams(redis, [base]);
  expect((moves.get(base) ?? []).map(({ job }) => job).sort()).toEqual(ids);
  expect(ends.size).toBe(0);
});
