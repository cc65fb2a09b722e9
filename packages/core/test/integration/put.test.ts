// Puts: one job, many, in order, and all or none (Q1).
import {
  BadStatusError,
  defineTask,
  InvalidArgumentError,
  Queue,
  SerializationError,
  type Job,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('put');
const work = defineTask('put.work', (value: unknown) => value);
const idsOf = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id);

it('Q1 a put returns the same handle, now pending', async () => {
  const queue = context.queue('one');
  const job = work.job({ a: 1 });
  expect(await queue.put(job)).toBe(job);
  expect([job.status, job.queue, job.interruptions]).toEqual(['pending', 'one', 0]);
  expect(await queue.length()).toBe(1);
});

it("J4 the arguments are stored as plain JSON, under the job's id and task", async () => {
  const job = await context.queue('plain').put(work.job({ a: [1, null] }));
  const { name, data } = await context.redis.hgetall(`${context.prefix}:plain:${job.id}`);
  expect([name, data]).toEqual(['put.work', '[{"a":[1,null]}]']);
});

it('Q1 due jobs are claimed first-in first-out, put alone or together', async () => {
  const queue = context.queue('fifo');
  const jobs = [
    await queue.put(work.job(0)),
    ...(await queue.putAll([work.job(1), work.job(2)])),
    await queue.put(work.job(3)),
  ];
  const dispatcher = playDispatcher(context, 'fifo');
  const claimed: string[] = [];
  for (let next = await dispatcher.claim(); next; next = await dispatcher.claim())
    claimed.push(next.id);
  expect(claimed).toEqual(idsOf(jobs));
});

it('Q1 putAll stores 2,500 jobs in order', async () => {
  const queue = context.queue('many');
  const jobs = Array.from({ length: 2_500 }, (_, i) => work.job(i));
  expect(await queue.putAll(jobs)).toEqual(jobs);
  expect(await queue.length()).toBe(2_500);
  const listed = await queue.jobs({ start: 0, end: 2_499 });
  expect(idsOf(listed)).toEqual(idsOf(jobs));
  expect(listed.at(-1)?.args).toEqual([2_499]);
  expect(new Set(jobs.map(({ status }) => status))).toEqual(new Set(['pending']));
});

it('Q1 of two parallel puts of one job, one is refused', async () => {
  const job = work.job(1);
  const [a, b] = [context.queue('first'), context.queue('second')];
  const [first, second] = await Promise.allSettled([a.put(job), b.put(job)]);
  expect(first.status).toBe('fulfilled');
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'DROVER_BAD_STATUS' } });
  expect([await a.length(), await b.length()]).toEqual([1, 0]);
});

it('Q1 putAll of no jobs is accepted', async () => {
  expect(await context.queue('none').putAll([])).toEqual([]);
  expect(await context.queue('none').length()).toBe(0);
});

describe('invalid jobs', () => {
  it.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
    [
      'a function in the arguments',
      () => work.job({ onDone: () => {} }),
      SerializationError,
      /^args\[0\]\.onDone is a function/,
    ],
    [
      'undefined',
      () => undefined,
      InvalidArgumentError,
      /only jobs can be put, but .* is undefined/,
    ],
    ['a string', () => 'a job', InvalidArgumentError, /is string/],
  ])(
    'B2 %s is refused with the reason, and jobs put with it are not put',
    async (_what, make, type, why) => {
      const queue = context.queue('refused');
      await expect(queue.put(make() as Job)).rejects.toThrow(type);
      await expect(queue.put(make() as Job)).rejects.toThrow(why);
      const others = [work.job(1), work.job(2)];
      await expect(queue.putAll([others[0], make(), others[1]] as Job[])).rejects.toThrow(type);
      expect(await queue.length()).toBe(0);
      for (const job of others) expect(job.status).toBe('new');
    },
  );

  it('Q1 a job is put once, and a second put is refused in any queue', async () => {
    const job = await context.queue('once').put(work.job(1));
    for (const queue of [context.queue('once'), context.queue('once-elsewhere')]) {
      await expect(queue.put(job)).rejects.toThrow(BadStatusError);
      await expect(queue.putAll([work.job(2), job])).rejects.toThrow(
        `job ${job.id} (put.work) was put already`,
      );
    }
    expect([
      await context.queue('once').length(),
      await context.queue('once-elsewhere').length(),
    ]).toEqual([1, 0]);
  });

  it('Q1 a handle that was read cannot be put', async () => {
    const queue = context.queue('handle');
    const { id } = await queue.put(work.job(1));
    await expect(queue.put((await queue.get(id)) as Job)).rejects.toThrow(BadStatusError);
  });

  it('B2 a wrong option is named, and nothing is put', async () => {
    const queue = context.queue('options');
    await expect(queue.put(work.job(1), { beginAfter: -5 })).rejects.toThrow(/beginAfter must be/);
    await expect(queue.putAll([work.job(1)], { lifo: true } as never)).rejects.toThrow(
      /a job has no option "lifo"/,
    );
    expect(await queue.length()).toBe(0);
  });

  it('J2 a put fixes the options of a job', async () => {
    const job = await context.queue('fixed').put(work.job(1), { failureLogLevel: 'warn' });
    expect(() => job.with({ failureLogLevel: 'info' })).toThrow(BadStatusError);
    expect(job.options).toEqual({ failureLogLevel: 'warn' });
  });

  it('Q1 one job twice in a putAll is refused', async () => {
    const job = work.job(1);
    await expect(context.queue('twice').putAll([job, job])).rejects.toThrow(BadStatusError);
  });

  it('Q1 a refused putAll does not change the options of the jobs', async () => {
    const job = work.job(1);
    await context
      .queue('untouched')
      .putAll([job, undefined as unknown as Job], { failureLogLevel: 'warn' })
      .catch(() => {});
    expect(job.options).toEqual({});
  });
});

it('queues of two prefixes do not share jobs', async () => {
  const other = new Queue('one', {
    connection: context.redisUrl,
    prefix: `${context.prefix}-other`,
  });
  expect(await other.length()).toBe(0);
  const job = await other.put(work.job('here'));
  expect(await context.queue('one').get(job.id)).toBeUndefined();
  await other.close();
});
