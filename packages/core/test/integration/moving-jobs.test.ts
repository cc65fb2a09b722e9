// Calls on all jobs that pass a filter, while jobs move from list to list (Q11).
import { defineTask, Queue, type ListOptions } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('moving-jobs');
const work = defineTask('moving-jobs.work', (value: unknown) => value);
const other = defineTask('moving-jobs.other', (value: unknown) => value);
const HOUR = 3_600_000;
/** What the call reads while the jobs move: a list by its command, at its first or a later page. */
type Moment = [command: string, list: string, page?: number];

/** A queue with jobs, some of them claimed, whose reads can be stopped while jobs move. */
async function queueOf(name: string, count: number, claimed = 0) {
  const proxy = await startFaultProxy(context.redisUrl);
  const queue = new Queue(name, { connection: proxy.url, prefix: context.prefix });
  cleanUpLater(() => queue.close());
  await queue.putAll(Array.from({ length: count }, (_, i) => work.job(i)));
  const dispatcher = playDispatcher(context, name);
  const claims = await claimSome(dispatcher, claimed);
  const at = async ([command, list, page = 1]: Moment, move: () => Promise<unknown>) => {
    let looks = 0;
    await proxy.next(
      (request) =>
        request.command === command &&
        String(request.args[0]).endsWith(`:${list}`) &&
        ++looks === page,
      { kind: 'black hole' },
    );
    await move();
    proxy.heal();
  };
  return { queue, dispatcher, claims, at };
}

async function claimSome(dispatcher: PlayedDispatcher, count: number): Promise<ClaimedJob[]> {
  const claims: ClaimedJob[] = [];
  while (claims.length < count) claims.push(await dispatcher.claimNow());
  return claims;
}

const later = async ({ store }: PlayedDispatcher, claims: readonly ClaimedJob[]): Promise<void> => {
  for (const claim of claims) await store.retry(claim, HOUR, { policyData: {}, retries: 1 });
};

const UNDER_WAY: ListOptions = { status: ['pending', 'active'] };

it.each(['cancelAll', 'retryAll', 'removeAll'] as const)(
  'Q11 %s counts a job once that is retried while the lists are read',
  async (call) => {
    const { queue, dispatcher, claims, at } = await queueOf(`twice-${call}`, 12, 3);
    const moved = at(['ZRANGE', 'delayed'], () => later(dispatcher, claims));
    const [{ matched }] = await Promise.all([queue[call](UNDER_WAY, { dryRun: true }), moved]);
    expect(matched).toBe(12);
  },
);

it('Q11 cancelAll cancels each job once that is retried while the lists are read', async () => {
  const { queue, dispatcher, claims, at } = await queueOf('cancelled', 12, 3);
  const moved = at(['ZRANGE', 'delayed'], () => later(dispatcher, claims));
  const [result] = await Promise.all([queue.cancelAll(), moved]);
  expect(result).toEqual({ matched: 12, done: 12 });
});

it('Q11 cancelAll passes over no job that is claimed while the lists are read', async () => {
  const { queue, dispatcher, at } = await queueOf('claimed', 12);
  const moved = at(['LRANGE', 'wait'], () => claimSome(dispatcher, 3));
  const [result] = await Promise.all([queue.cancelAll(), moved]);
  expect(result).toEqual({ matched: 12, done: 12 });
});

it('Q11 removeAll passes over no job that becomes due while the lists are read', async () => {
  const { queue, dispatcher, claims, at } = await queueOf('due', 12, 3);
  await later(dispatcher, claims);
  const delayed = `${context.prefix}:due:delayed`;
  const becomeDue = async (): Promise<void> => {
    for (const { id } of claims) await context.redis.zadd(delayed, 0, id);
    await context.queue('due').put(other.job('lets them join the wait list'));
  };
  const moved = at(['ZRANGE', 'delayed'], becomeDue);
  const [result] = await Promise.all([queue.removeAll({ task: work }), moved]);
  expect(result).toEqual({ matched: 12, done: 12 });
});

it('Q11 cancelAll passes over no job where claims shift the pages of a list', async () => {
  const { queue, dispatcher, at } = await queueOf('shifted', 2_500);
  const moved = at(['LRANGE', 'wait', 2], () => claimSome(dispatcher, 100));
  const [result] = await Promise.all([queue.cancelAll({}, { dryRun: true }), moved]);
  expect(result).toEqual({ matched: 2_500, done: 0 });
});

it('Q11 a call ends while producers put jobs', async () => {
  const { queue, at } = await queueOf('growing', 5);
  let rounds = 0;
  const grow = async (): Promise<void> => {
    await context.queue('growing').put(work.job('new'));
    if (++rounds < 3) watched.push(at(['LRANGE', 'wait'], grow));
  };
  const watched = [at(['LRANGE', 'wait'], grow)];
  const { matched } = await queue.cancelAll({}, { dryRun: true });
  expect(matched).toBeLessThan(5 + 3);
  expect(rounds).toBeLessThan(3);
});

it('Q11 jobs lists a job once that is retried while the lists are read', async () => {
  const { queue, dispatcher, claims, at } = await queueOf('listed', 12, 3);
  const moved = at(['ZRANGE', 'delayed'], () => later(dispatcher, claims));
  const [jobs] = await Promise.all([queue.jobs(UNDER_WAY), moved]);
  expect(jobs.length).toBe(12);
});
