// Pull and remove take pending jobs only; any other job gives a clear error and stays unchanged
// (Q3).
import { BadStatusError, defineTask, InvalidArgumentError, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('pull-and-remove');
const work = defineTask('remove.work', (value: unknown) => value);
const idsOf = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id);

/** All keys of a job. */
async function keysOf(queue: string, job: Job): Promise<string[]> {
  return await context.redis.keys(`${context.prefix.replace(/[{}]/g, '?')}:${queue}:${job.id}*`);
}

describe('pull', () => {
  it('Q3 takes the first pending job, or the one at a position', async () => {
    const queue = context.queue('pull');
    const jobs = await queue.putAll([work.job(0), work.job(1), work.job(2)]);
    const later = await queue.put(work.job(3), { beginAfter: 60_000 });
    expect((await queue.pull(1))?.id).toBe(jobs[1]?.id);
    expect((await queue.pull(2))?.id).toBe(later.id);
    expect((await queue.pull())?.id).toBe(jobs[0]?.id);
    expect(idsOf(await queue.jobs())).toEqual([jobs[2]?.id]);
  });

  it('Q3, J9 the mark of a pulled job expires', async () => {
    const queue = context.queue('pull-leaves');
    const job = await queue.put(work.job(0));
    await queue.pull();
    const left = await keysOf('pull-leaves', job);
    expect(left.map((key) => key.slice(key.lastIndexOf(':')))).toEqual([':pulled']);
    expect(await context.redis.pttl(left[0] as string)).toBeGreaterThan(0);
  });

  it('Q3 pull of a position beyond the end returns undefined', async () => {
    const queue = context.queue('short');
    expect(await queue.pull()).toBeUndefined();
    await queue.put(work.job(1));
    expect(await queue.pull(1)).toBeUndefined();
    expect(await queue.length()).toBe(1);
  });

  it('Q1 pull counts negative positions from the end, and none beyond the start', async () => {
    const queue = context.queue('pull-last');
    const [first, second, third] = await queue.putAll([work.job(0), work.job(1), work.job(2)]);
    const later = await queue.put(work.job(3), { beginAfter: 60_000 });
    expect((await queue.pull(-1))?.id).toBe(later.id);
    expect((await queue.pull(-2))?.id).toBe(second?.id);
    for (const index of [-3, -(2 ** 53), -1e20, 2, 2 ** 53, 1e20])
      expect(await queue.pull(index)).toBeUndefined();
    expect(idsOf(await queue.jobs())).toEqual([first?.id, third?.id]);
  });

  it('Q3 pull takes no running job', async () => {
    const queue = context.queue('pull-running');
    const [running] = await queue.putAll([work.job(0)]);
    const dispatcher = playDispatcher(context, 'pull-running');
    const claim = await dispatcher.claimNow();
    expect(await queue.pull()).toBeUndefined();
    await dispatcher.complete(claim, 'value');
    expect(await running?.wait()).toBe('value');
  });

  it('Q3 parallel pulls get one job each', async () => {
    const queue = context.queue('pull-together');
    const jobs = await queue.putAll(Array.from({ length: 20 }, (_, i) => work.job(i)));
    const pulled = (await Promise.all(jobs.map(() => queue.pull()))).filter(
      (job) => job !== undefined,
    );
    expect(idsOf(pulled).sort()).toEqual(idsOf(jobs));
  });

  it.each([0.5, NaN, '0', null])('B2 %p is refused as a position', async (index) => {
    await expect(context.queue('pull').pull(index as number)).rejects.toThrow(InvalidArgumentError);
    await expect(context.queue('pull').pull(index as number)).rejects.toThrow(
      /index must be a whole number/,
    );
  });
});

describe('remove', () => {
  it.each<[string, (job: Job) => Job | string]>([
    ['by handle', (job) => job],
    ['by id', ({ id }) => id],
  ])('Q3 removes a pending job, %s, with all its keys', async (how, as) => {
    const name = how.replace(' ', '-');
    const queue = context.queue(name);
    const [job, other] = await queue.putAll([work.job(0), work.job(1)]);
    await queue.remove(as(job as Job));
    expect(idsOf(await queue.jobs())).toEqual([other?.id]);
    expect(await queue.get((job as Job).id)).toBeUndefined();
    expect(await keysOf(name, job as Job)).toEqual([]);
  });

  it.each([
    ['opts', '{'],
    ['data', 'no JSON'],
  ])('B1, Q3 removes and pulls a job whose callback has damaged %s', async (field, value) => {
    const name = `damaged-${field}`;
    const queue = context.queue(name);
    for (const take of [(job: Job) => queue.remove(job), () => queue.pull()]) {
      const job = await queue.put(work.job(0));
      const callback = await job.addCallback(work.job());
      await context.redis.hset(`${context.prefix}:${name}:${callback.id}`, field, value);
      await take(job);
      expect(await queue.length()).toBe(0);
      expect(await queue.get(job.id)).toBeUndefined();
    }
  });

  it('Q3, J9 the note of an unroutable job is removed with it', async () => {
    const queue = context.queue('unknown');
    const job = await queue.put(work.job(0));
    const { claimNow, store } = playDispatcher(context, 'unknown');
    await store.postpone(await claimNow(), {
      delay: 60_000,
      unknown: { needs: 'task:nobody', reason: 'unknown' },
    });
    await queue.remove(job);
    expect(await context.redis.hgetall(store.keys.list('unknown'))).toEqual({});
  });

  it('Q3 removes a job that is not due', async () => {
    const queue = context.queue('not-due');
    const job = await queue.put(work.job(0), { beginAfter: 60_000 });
    await queue.remove(job);
    expect(await queue.length()).toBe(0);
    expect(await keysOf('not-due', job)).toEqual([]);
  });

  it.each<[string, (queue: string) => Promise<unknown>, string]>([
    ['runs', (queue) => playDispatcher(context, queue).claimNow(), 'active'],
    [
      'has completed',
      async (queue) => await end(queue, (played, claim) => played.complete(claim, 1)),
      'completed',
    ],
    [
      'has failed',
      async (queue) => await end(queue, (played, claim) => played.fail(claim, new Error('no'))),
      'completed',
    ],
  ])(
    'Q3 a job that %s cannot be removed, stays unchanged, and the error says why',
    async (what, bring, status) => {
      const name = `left-${what.replace(/ /g, '-')}`;
      const queue = context.queue(name);
      const job = await queue.put(work.job(0));
      await bring(name);
      const before = await context.redis.hgetall(`${context.prefix}:${name}:${job.id}`);
      await expect(queue.remove(job)).rejects.toThrow(BadStatusError);
      await expect(queue.remove(job.id)).rejects.toThrow(
        `job ${job.id} is ${status}: only a pending job`,
      );
      expect(await context.redis.hgetall(`${context.prefix}:${name}:${job.id}`)).toEqual(before);
    },
  );

  it('Q3 removing a missing or removed job is refused with its id', async () => {
    const queue = context.queue('absent');
    const job = await queue.put(work.job(0));
    await queue.remove(job);
    await expect(queue.remove(job)).rejects.toThrow(`job ${job.id} is not in the queue absent`);
    await expect(queue.remove(work.job(1))).rejects.toThrow(BadStatusError);
  });
});

async function end(
  queue: string,
  how: (
    played: ReturnType<typeof playDispatcher>,
    claim: Awaited<ReturnType<ReturnType<typeof playDispatcher>['claimNow']>>,
  ) => Promise<void>,
): Promise<void> {
  const played = playDispatcher(context, queue);
  await how(played, await played.claimNow());
}
