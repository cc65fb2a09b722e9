// Jobs with quotas and rate limits cost a script more than others: it takes fewer of them.
import { defineTask, Queue } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('bounded-steps');
const work = defineTask('bounded-steps.work', (value: unknown) => value);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A queue with a quota and some lanes, and the calls of a script that it makes. */
async function queueOf(name: string) {
  const proxy = await startFaultProxy(context.redisUrl);
  const queue = new Queue(name, { connection: proxy.url, prefix: context.prefix });
  cleanUpLater(() => queue.close());
  await queue.quotas.create('disk', 2);
  for (const i of upTo(6)) await queue.put(work.job(i), { lane: `lane-${i}` });
  const during = async (script: string, act: () => Promise<unknown>): Promise<number> => {
    const calls: string[] = [];
    const see = (of: string | undefined): boolean => of === script && calls.push(of) === 0;
    void proxy.next(({ script: of }) => see(of), { kind: 'cut' });
    await act();
    return calls.length;
  };
  return { queue, during };
}

it('Q5 a put of many jobs with a quota stores 250 in one step, in their order', async () => {
  const { queue, during } = await queueOf('put');
  const jobs = upTo(600).map((i) => work.job(i));
  expect(await during('putJobs', () => queue.putAll(jobs, { quotas: ['disk'] }))).toBe(3);
  const listed = await queue.jobs({ lane: 'main' });
  expect(listed.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
});

it('Q1, Q5 of very many jobs with a quota that are due at once, claims move 250 at a time', async () => {
  const { queue } = await queueOf('due');
  const jobs = await queue.putAll(
    upTo(600).map((i) => work.job(i)),
    { quotas: ['disk'], beginAfter: 3_600_000 },
  );
  const delayed = `${context.prefix}:due:delayed`;
  for (const [i, { id }] of jobs.entries()) await context.redis.zadd(delayed, i, id);
  const { claimNow } = playDispatcher(context, 'due');
  expect((await claimNow()).id).toBe(jobs[0]?.id);
  expect(await context.redis.zcard(delayed)).toBe(350);
  for (const { id } of jobs.slice(1)) expect((await claimNow()).id).toBe(id);
});

it.each(['drain', 'removeAll'] as const)(
  'Q11 %s removes fewer jobs with a quota in a step, since each is offered to all lanes',
  async (call) => {
    const { queue, during } = await queueOf(`removed-${call}`);
    const script = call;
    const put = (quotas: string[]) =>
      queue.putAll(
        upTo(150).map((i) => work.job(i)),
        { quotas },
      );
    await queue[call]();
    await put([]);
    const plain = await during(script, () => queue[call]());
    await put(['disk']);
    const limited = await during(script, () => queue[call]());
    expect(await queue.length()).toBe(0);
    expect(limited).toBeGreaterThan(plain);
  },
);
