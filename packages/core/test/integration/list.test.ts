// Reading a queue: get, jobs by status and page, length.
import { defineTask, Job, JobStatus } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('list');
const work = defineTask('list.work', (value: unknown) => value);
class Special extends Job {}
const special = defineTask('list.special', (value: unknown) => value, {
  jobClass: Special as typeof Job,
});
const idsOf = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id);

it('get finds a job by its id, with all its data', async () => {
  const queue = context.queue('get');
  const { id } = await queue.put(work.job([1, undefined]), { retryPolicy: 'NeverRetry' });
  const found = (await queue.get(id)) as Job;
  expect(found).toMatchObject({
    id,
    task: 'list.work',
    status: 'pending',
    queue: 'get',
    options: { retryPolicy: 'NeverRetry' },
  });
  expect(found.args).toStrictEqual([[1, undefined]]);
  expect(await queue.get('01990000-0000-7000-8000-000000000000')).toBeUndefined();
});

it('get returns a handle of the class of the task', async () => {
  const { id } = await context.queue('class').put(special.job(1));
  expect(await context.queue('class').get(id)).toBeInstanceOf(Special);
});

it('get finds a job whose task is not defined in this process', async () => {
  const { id } = await context.queue('stranger').put(new Job('list.nobody-knows', [7]));
  expect(await context.queue('stranger').get(id)).toMatchObject({
    task: 'list.nobody-knows',
    args: [7],
  });
});

it('J2 jobs lists by one status or several', async () => {
  const queue = context.queue('statuses');
  const [done, failed, running, due] = await queue.putAll([
    work.job(0),
    work.job(1),
    work.job(2),
    work.job(3),
  ]);
  const later = await queue.put(work.job(4), { beginAfter: 60_000 });
  const dispatcher = playDispatcher(context, 'statuses');
  await dispatcher.complete(await dispatcher.claimNow(), 'value');
  await dispatcher.fail(await dispatcher.claimNow(), new Error('no'));
  await dispatcher.claimNow();

  const ids = async (status?: JobStatus | JobStatus[]) => idsOf(await queue.jobs({ status }));
  expect(await ids()).toEqual(idsOf([due as Job, later]));
  expect(await ids(JobStatus.PENDING)).toEqual(idsOf([due as Job, later]));
  expect(await ids('active')).toEqual([running?.id]);
  expect(new Set(await ids('completed'))).toEqual(new Set([done?.id, failed?.id]));
  expect(await ids(['new', 'callbacks', 'assigned'])).toEqual([]);
  expect(await ids([])).toEqual([]);
  expect(new Set(await ids(Object.values(JobStatus)))).toEqual(
    new Set(idsOf([done, failed, running, due, later] as Job[])),
  );
  expect(await queue.length()).toBe(2);
});

it.each<[string, (key: string) => Promise<unknown>]>([
  ['nothing', (key) => context.redis.del(key)],
  ['a list', (key) => context.redis.rpush(key, 'x')],
  ['a string', (key) => context.redis.set(key, 'x')],
])('B1 jobs and length go on where %s is in the place of a job', async (what, damage) => {
  const name = `damaged-${what.replace(' ', '-')}`;
  const queue = context.queue(name);
  const jobs = await queue.putAll([work.job(0), work.job(1), work.job(2)]);
  const key = `${context.prefix}:${name}:${jobs[1]?.id}`;
  await context.redis.del(key);
  await damage(key);
  const left = [jobs[0] as Job, jobs[2] as Job];
  expect(idsOf(await queue.jobs())).toEqual(idsOf(left));
  expect(idsOf(await queue.jobs({ status: Object.values(JobStatus) }))).toEqual(idsOf(left));
  expect(await queue.length()).toBe(3);
});

it('J2 completed jobs are listed newest first', async () => {
  const queue = context.queue('newest');
  const jobs = await queue.putAll([work.job(0), work.job(1), work.job(2)]);
  const dispatcher = playDispatcher(context, 'newest');
  for (const job of jobs) {
    await dispatcher.complete(await dispatcher.claimNow(), 1);
    // Redis orders the jobs of one ms by their ids, which rise too.
    expect((await job.refresh()).status).toBe('completed');
  }
  expect(idsOf(await queue.jobs({ status: 'completed' }))).toEqual(idsOf([...jobs].reverse()));
});

describe('pages', () => {
  const queue = context.queue('pages');
  let due: Job[] = [];
  let later: Job[] = [];
  beforeAll(async () => {
    due = await queue.putAll(Array.from({ length: 7 }, (_, i) => work.job(i)));
    later = await queue.putAll([work.job(7), work.job(8), work.job(9)], { beginAfter: 60_000 });
  });

  it.each([
    [0, 0],
    [0, 9],
    [2, 4],
    [5, 8],
    [8, 100],
    [10, 20],
    [4, 3],
  ])(
    'from %i to %i, both inclusive and counted from 0, with due jobs before later ones',
    async (start, end) => {
      expect(idsOf(await queue.jobs({ start, end }))).toEqual(
        idsOf([...due, ...later].slice(start, end + 1)),
      );
    },
  );

  it('a start alone lists the first thousand from there', async () => {
    expect(idsOf(await queue.jobs({ start: 8 }))).toEqual(idsOf(later.slice(1)));
  });

  it('B2 invalid positions are refused', async () => {
    const wrong = [
      { start: -1 },
      { start: 0.5 },
      { end: NaN },
      { start: '1' },
      { end: null },
      { start: 2n },
      { end: 2n },
    ];
    for (const bad of [...wrong, { start: Symbol('s') }, { start: 1, end: 2n }]) {
      await expect(queue.jobs(bad as object)).rejects.toThrow(
        /start and end must be whole numbers/,
      );
    }
    await expect(queue.jobs({ status: 'waiting' as never })).rejects.toThrow(
      /there is no status "waiting"/,
    );
    await expect(queue.jobs({ status: ['pending', 'x'] as never })).rejects.toThrow(
      /there is no status "x"/,
    );
    await expect(queue.jobs({ states: ['pending'] } as never)).rejects.toThrow(
      /jobs has no option "states"/,
    );
  });
});

it('2,500 completed jobs are listed page by page', async () => {
  const queue = context.queue('long');
  const jobs = await queue.putAll(Array.from({ length: 2_500 }, (_, i) => work.job(i)));
  const seen: string[] = [];
  for (let start = 0; start < 2_500; start += 1_000)
    seen.push(...idsOf(await queue.jobs({ start })));
  expect(seen).toEqual(idsOf(jobs));
});

it('D10 a list ends after it has looked at mostRead jobs', async () => {
  const queue = context.queue('bounded');
  await queue.putAll(Array.from({ length: 1_500 }, (_, i) => work.job(i)));
  const last = await queue.put(special.job(1));
  const find = async (mostRead?: number) =>
    idsOf(await queue.jobs({ task: special, ...(mostRead && { mostRead }) }));
  expect(await find(1_000)).toEqual([]);
  expect(await find(2_000)).toEqual([last.id]);
  expect(await find()).toEqual([last.id]);
  for (const mostRead of [0, 1.5, '9'])
    await expect(queue.jobs({ mostRead } as never)).rejects.toThrow(/mostRead/);
});

it('D10, B1 so many dead letters of each lane are listed as most says', async () => {
  const letters = context.queue('letters').deadLetters();
  const entries = Array.from({ length: 1_200 }, (_, at) => [
    `letter-${at}`,
    JSON.stringify({ reason: 'damaged by the test', at }),
  ]);
  const key = `${context.prefix}:letters:dead-letters`;
  await context.redis.hset(key, ...entries.flat());
  expect(await letters.list({ most: 600 })).toHaveLength(600);
  expect(await letters.list()).toHaveLength(1_200);
  for (const most of [0, 1.5, '9'])
    await expect(letters.list({ most } as never)).rejects.toThrow(/most of deadLetters/);
});
