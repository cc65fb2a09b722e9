// A job that becomes due comes before jobs that are put later, also when nobody claims meanwhile
// (Q1).
import { defineTask, type Job } from '@drover/core';
import { newStoredJob } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('due-order');
const { redis, prefix } = context;
const work = defineTask('due-order.work', (value: unknown) => value);
const idsOf = (jobs: readonly { id: string }[]): string[] => jobs.map(({ id }) => id);
const base = (queue: string): string => `${prefix}:${queue}`;

/** Redis's clock, in ms since 1970. */
async function redisNow(): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

const isPast = async (due: number): Promise<boolean> => (await redisNow()) >= due;

/**
 * Puts delayed jobs and sets their due times into the past, one ms apart, so that no test waits.
 */
async function putDue(queue: string, ...jobs: Job[]): Promise<void> {
  await context.queue(queue).putAll(jobs, { beginAfter: 3_600_000 });
  const due = (await redisNow()) - jobs.length;
  await redis.zadd(
    `${base(queue)}:delayed`,
    ...jobs.flatMap(({ id }, i) => [String((due + i) * 0x1000), id]),
  );
}

/**
 * The ids of all waiting jobs in claim order; due jobs that are still in the delayed set come last.
 */
async function order(queue: string): Promise<string[]> {
  const waiting = await redis.lrange(`${base(queue)}:wait`, 0, -1);
  return [...waiting.reverse(), ...(await redis.zrange(`${base(queue)}:delayed`, 0, '-1'))];
}

it('Q1 100 jobs that become due and 100 puts in between are claimed in order of time', async () => {
  const queue = context.queue('interleaved');
  const start = await redisNow();
  const dues = await queue.putAll(
    Array.from({ length: 100 }, (_, i) =>
      work.job(i).with({ beginAfter: new Date(start + 50 + 3 * i) }),
    ),
  );
  const puts: Job[] = [];
  for (let i = 0; i < 100; i++) {
    await eventually(() => isPast(start + 50 + 3 * i), { interval: 1 });
    puts.push(await queue.put(work.job(`put ${i}`)));
  }
  const at = async ({ id, options: { beginAfter } }: Job): Promise<[number, string]> => [
    beginAfter ?? Number(await redis.hget(`${base('interleaved')}:${id}`, 'timestamp')),
    id,
  ];
  // A job that is due in the ms of a put comes first: the sort keeps the order of equals.
  const inTurn = (await Promise.all([...dues, ...puts].map(at)))
    .sort(([a], [b]) => a - b)
    .map(([, id]) => id);
  const dispatcher = playDispatcher(context, 'interleaved');
  const claimed: string[] = [];
  for (const _ of inTurn) claimed.push((await dispatcher.claimNow()).id);
  expect(claimed).toEqual(inTurn);
  expect(await dispatcher.claim()).toBeUndefined();
});

it('Q1 a retry whose delay is over comes before each later put of any kind', async () => {
  const queue = context.queue('retried');
  const dispatcher = playDispatcher(context, 'retried');
  const failed = await queue.put(work.job('failed'));
  await dispatcher.fail(await dispatcher.claimNow(), new Error('broken'));
  const whole = await queue.put(work.job('whole'));
  const claim = await dispatcher.claimNow();
  const again = await queue.put(work.job('again'));
  const { token } = await dispatcher.claimNow();
  await dispatcher.store.retry({ id: again.id, token }, 20, { policyData: {} });
  const due = (await redisNow()) + 20;
  await eventually(() => isPast(due));
  await failed.retry();
  const part = work.job('part');
  const schedule = { jobs: [newStoredJob(part)], inOrder: false, then: undefined };
  await dispatcher.store.schedule(claim, schedule, Date.now());
  expect(claim.id).toBe(whole.id);
  const withCallback = work.job('with a callback');
  await withCallback.addCallback(work.job('callback'));
  const puts = [...(await queue.putAll([work.job(1), withCallback])), await queue.put(work.job(2))];
  expect(await order('retried')).toEqual(idsOf([again, failed, part, ...puts]));
});

it('Q1 with over a thousand due jobs, later puts wait behind them all', async () => {
  const queue = context.queue('many');
  const dues = Array.from({ length: 2_100 }, (_, i) => work.job(i));
  await putDue('many', ...dues);
  const puts = [await queue.put(work.job('first')), await queue.put(work.job('second'))];
  const all = idsOf([...dues, ...puts]);
  expect(await order('many')).toEqual(all);
  expect(await redis.llen(`${base('many')}:wait`)).toBe(2_000);
  const third = await queue.put(work.job('third'));
  expect(await order('many')).toEqual([...all, third.id]);
  expect(await redis.zcard(`${base('many')}:delayed`)).toBe(0);
});

it('Q1 a claim takes due jobs in order, and says when the next one is due', async () => {
  const due = work.job('due');
  await putDue('claims', due);
  const next = new Date((await redisNow()) + 60_000);
  await redis.zadd(`${base('claims')}:delayed`, String(next.getTime() * 0x1000), 'later');
  const dispatcher = playDispatcher(context, 'claims');
  expect(await dispatcher.store.claim('a:1:1')).toMatchObject({
    job: { id: due.id },
    delayUntil: next.getTime(),
  });
  expect((await dispatcher.store.claim('a:1:2')).delayUntil).toBe(next.getTime());
});

it.each<[string, (key: string) => Promise<unknown>]>([
  ['another type', (key) => redis.pipeline().del(key).rpush(key, 'foreign').exec()],
  ['nothing', (key) => redis.del(key)],
  ['a hash that is no job', (key) => redis.pipeline().del(key).hset(key, 'foreign', 1).exec()],
])(
  'B1, Q1 with %s in place of a due job, the other due jobs become pending',
  async (what, damage) => {
    const name = `damaged-${what.replace(/ /g, '-')}`;
    const queue = context.queue(name);
    const [first, bad, last] = [work.job(0), work.job(1), work.job(2)];
    await putDue(name, first, bad, last);
    await damage(`${base(name)}:${bad.id}`);
    const dispatcher = playDispatcher(context, name);
    const after = what === 'nothing' ? [] : [await queue.put(work.job('after'))];
    const claimed = [await dispatcher.claimNow(), await dispatcher.claimNow()];
    for (const _ of after) claimed.push(await dispatcher.claimNow());
    expect(idsOf(claimed)).toEqual(idsOf([first, last, ...after]));
    expect(await queue.deadLetters().list()).toEqual([
      expect.objectContaining({ id: bad.id, reason: expect.stringContaining('nothing is stored') }),
    ]);
  },
);
