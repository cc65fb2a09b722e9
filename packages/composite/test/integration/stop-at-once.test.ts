// A dependency that failed before, and a part that is removed, stop a job at once (C2).
import { defineTask, joinJobs, NeverRetry, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { fail, gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('composite-stop-at-once');
const queue = context.queue('stops');
beforeAll(async () => {
  await startDispatcher(context, 'stops');
});

const HOUR = 3_600_000;
const SOON = { timeout: 10_000 };
const later = (): Job<string> => give.job('later').with({ beginAfter: HOUR });
const returns = defineTask('stopAtOnce.returns', (job: Job): Job => job);
/** Joins the jobs that it gets, and stops with the first failure. */
const joins = defineTask('stopAtOnce.joins', (...jobs: Job[]) =>
  joinJobs(jobs, { onFailure: 'stop' }),
);
/** Like `joins`, with a `then`. */
const joinsThen = defineTask('stopAtOnce.joinsThen', (...jobs: Job[]) =>
  joinJobs(jobs, { onFailure: 'stop', then: gather.job() }),
);

/** Puts a job, and waits until it has failed. */
async function failed<J extends Job>(job: J): Promise<J> {
  await queue.put(job as Job<unknown, []>);
  await expect(job.wait()).rejects.toThrow();
  return job;
}

const KINDS: Record<string, () => Promise<{ job: Job; message: string }>> = {
  'a plain job': async () => ({ job: await failed(fail.job('plain')), message: 'plain' }),
  'a job that returned a job': async () => ({
    job: await failed(returns.job(fail.job('below'))),
    message: 'below',
  }),
  'a job that another one returned': async () => {
    const job = fail.job('returned');
    await failed(returns.job(job));
    return { job, message: 'returned' };
  },
  'a composite': async () => {
    const job = await failed(serial([give.job(1), fail.job('nested')], { onFailure: 'stop' }));
    return { job, message: 'nested' };
  },
  'a part of another composite': async () => {
    const job = fail.job('shared');
    await (await queue.put(parallel([job, give.job(1)]))).wait();
    return { job, message: 'shared' };
  },
  'a callback': async () => {
    const owner = await queue.put(give.job(1));
    const job = fail.job('callback').with({ retryPolicy: NeverRetry });
    await owner.addCallback(job);
    await job.wait().catch(() => {});
    await owner.wait();
    return { job, message: 'callback' };
  },
  'a job that was cancelled': async () => {
    const job = await queue.put(later());
    await job.cancel('away');
    await expect(job.wait()).rejects.toThrow();
    return { job, message: 'away' };
  },
};

describe.each(Object.entries(KINDS))('%s that failed before', (_, make) => {
  it.each([joins, joinsThen])(
    'C2, J5 stops the job that joins it, and new children never start',
    async (task) => {
      const { job, message } = await make();
      const rest = later();
      const waiting = await queue.put(task.job(give.job(1), job, rest));
      await expect(waiting.wait(SOON)).rejects.toThrow(message);
      expect(await queue.get(rest.id)).toBeUndefined();
      // The failed job is unchanged.
      expect((await queue.get(job.id))?.status).toBe('completed');
    },
  );
});

it('C2 a failed job in a later chunk abandons the children of earlier chunks', async () => {
  const job = await failed(fail.job('late'));
  const rest = Array.from({ length: 1_100 }, later);
  const waiting = await queue.put(joinsThen.job(...rest, job));
  await expect(waiting.wait(SOON)).rejects.toThrow('late');
  expect(await queue.length()).toBe(0);
});

it('C2 a stored job that was joined goes on after the stop', async () => {
  const [job, other] = [await failed(fail.job('one')), await queue.put(later())];
  await expect((await queue.put(joins.job(job, other))).wait(SOON)).rejects.toThrow('one');
  expect((await other.refresh()).status).toBe('pending');
  await queue.remove(other);
});

it('C2, O3 a failed part of another composite stops the join again on a retry', async () => {
  const job = fail.job('still');
  await (await queue.put(parallel([job]))).wait();
  const waiting = await failed(joins.job(job, later()));
  await waiting.retry();
  await expect(waiting.wait(SOON)).rejects.toThrow('still');
});

it('C2, C4 the stop abandons appended jobs too', async () => {
  const other = context.queue('appended');
  const job = await failed(fail.job('appended to'));
  const album = await other.put(serial([joins.job(job, later()), later()], { onFailure: 'stop' }));
  await album.append(later());
  await startDispatcher(context, 'appended');
  await expect(album.wait(SOON)).rejects.toThrow('appended to');
  expect(await other.length()).toBe(0);
});

it("J7 the callbacks of abandoned parts run with the part's failure", async () => {
  const job = await failed(fail.job('before'));
  const rest = later();
  const { opened, open } = gate();
  let got: unknown;
  await rest.addCallback(
    defineTask('stopAtOnce.gets', (result: unknown) => {
      got = result;
      open();
    }).job(),
  );
  await expect((await queue.put(joins.job(job, rest))).wait(SOON)).rejects.toThrow('before');
  await opened;
  expect(got).toMatchObject({ name: 'AbortedError' });
});

it('J6 the puts of a run that stops at once are stored', async () => {
  const job = await failed(fail.job('puts'));
  const beside = give.job('beside');
  const putsAndJoins = defineTask('stopAtOnce.puts', async () => {
    await queue.put(beside);
    return joinJobs([...Array.from({ length: 1_100 }, later), job], { onFailure: 'stop' });
  });
  await expect((await queue.put(putsAndJoins.job())).wait(SOON)).rejects.toThrow('puts');
  expect(await beside.wait(SOON)).toBe('beside');
});

describe.each([
  ['serial', serial],
  ['parallel', parallel],
] as const)('%s', (_, compose) => {
  it.each([true, false])(
    'C2, Q3 a removed part stops it at once (with a postprocess: %s)',
    async (has) => {
      const [first, second] = [later(), later()];
      const postprocess = has ? { postprocess: gather.job() } : {};
      const album = await queue.put(
        compose([first, second], { onFailure: 'stop', ...postprocess }),
      );
      await eventually(async () => (await first.refresh()).status === 'pending');
      await queue.remove(first);
      await expect(album.wait(SOON)).rejects.toMatchObject({
        name: 'RemovedError',
        code: 'DROVER_REMOVED',
      });
      expect(await queue.get(second.id)).toBeUndefined();
      expect(await queue.length()).toBe(0);
    },
  );
});

it('C2, J5 a removed job stops all its dependents', async () => {
  const job = await queue.put(later());
  const waiting = await queue.putAll([joins.job(job, later()), joinsThen.job(job, later())]);
  const keys = `${context.prefix}:stops:waiting-children`;
  for (const { id } of waiting) await eventually(() => context.redis.zscore(keys, id));
  await queue.remove(job);
  for (const one of waiting)
    await expect(one.wait(SOON)).rejects.toMatchObject({ name: 'RemovedError' });
  expect(await queue.length()).toBe(0);
});

it('C2, B1 a dropped dead-letter part stops its composite', async () => {
  const [damaged, rest] = [later(), later()];
  const album = await queue.put(parallel([damaged, rest], { onFailure: 'stop' }));
  await eventually(async () => (await damaged.refresh()).status === 'pending');
  const base = `${context.prefix}:stops`;
  await context.redis.hset(`${base}:${damaged.id}`, 'data', 'damaged');
  await context.redis
    .multi()
    .zrem(`${base}:delayed`, damaged.id)
    .lpush(`${base}:wait`, damaged.id)
    .exec();
  // This put wakes the dispatcher.
  await (await queue.put(give.job('word'))).wait();
  await eventually(async () => (await queue.deadLetters().list()).length === 1);
  await queue.deadLetters().drop(damaged.id);
  await expect(album.wait(SOON)).rejects.toMatchObject({ name: 'RemovedError' });
  expect(await queue.get(rest.id)).toBeUndefined();
});
