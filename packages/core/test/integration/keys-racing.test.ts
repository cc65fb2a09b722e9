// Puts of jobs with keys that race, and puts that are repeated after a lost request or reply (Q8).
import { defineTask, type Job, type PutOptions, type Queue } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy, type FaultProxy } from '../../../../test/kit/fault-proxy.js';
import { producer } from './keyed-producer.js';

const context = testContext('keys-racing');
const task = defineTask('keysRacing.task', (value: unknown) => value);

const entriesOf = (queue: string): Promise<Record<string, string>> =>
  context.redis.hgetall(`${context.prefix}:${queue}:keys`);

describe('Q8 racing producers', () => {
  const race = async (name: string, options: PutOptions) => {
    const queues = Array.from({ length: 8 }, () => producer(context, name));
    const puts = Array.from({ length: 200 }, async (_, i) => {
      const queue = queues[i % queues.length] as Queue;
      return await queue.put(task.job(i), { key: `k${i % 5}`, ...options });
    });
    return await Promise.allSettled(puts);
  };
  const idsOf = (puts: PromiseSettledResult<Job>[]) =>
    new Set(puts.flatMap((put) => (put.status === 'fulfilled' ? [put.value.id] : [])));

  it.each(['keep', 'replace', 'after', 'refuse'] as const)(
    'of 200 puts of five keys with %s five are stored',
    async (whenTaken) => {
      const name = `race-${whenTaken}`;
      const puts = await race(name, { whenTaken });
      expect(await context.queue(name).length()).toBe(5);
      expect(idsOf(puts).size).toBe(5);
      const stored = puts.filter((put) => put.status === 'fulfilled' && !put.value.wasThere);
      expect(stored).toHaveLength(5);
      const refused = puts.filter((put) => put.status === 'rejected');
      expect(refused).toHaveLength(whenTaken === 'refuse' ? 195 : 0);
      expect(Object.keys(await entriesOf(name)).sort()).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
    },
  );
});

describe('Q8, B3 a put that is repeated after a lost request or reply', () => {
  let proxy: FaultProxy;
  beforeAll(async () => void (proxy = await startFaultProxy(context.redisUrl)));

  it.each([
    ['lose reply', 'keep'],
    ['lose request', 'keep'],
    ['lose reply', 'refuse'],
    ['lose request', 'refuse'],
    ['lose reply', 'after'],
    ['lose reply', 'replace'],
  ] as const)('%s: with %s it is no duplicate of itself', async (kind, whenTaken) => {
    const name = `${kind.replace(' ', '-')}-${whenTaken}`;
    const queue = producer(context, name, proxy.url);
    const lost = proxy.next('putJobs', { kind });
    const job = await queue.put(task.job(1), { key: 'k', whenTaken });
    await lost;
    expect([job.wasThere, await queue.length()]).toEqual([false, 1]);
    expect((await queue.byKey('k'))?.id).toBe(job.id);
  });

  it('a replacement that was done is not put anew where its job has ended since', async () => {
    const queue = producer(context, 'replaced', proxy.url);
    const first = await queue.put(task.job(1), { key: 'k' });
    const lost = proxy.next('putJobs', { kind: 'lose reply' });
    const put = queue.put(task.job(2), { key: 'k', whenTaken: 'replace' });
    await lost;
    expect((await context.queue('replaced').byKey('k'))?.args).toEqual([2]);
    // As if it was claimed and had completed meanwhile: the key is free.
    await context.redis.hset(`${context.prefix}:replaced:${first.id}`, 'finishedOn', 1);
    const second = await put;
    expect([second.id, second.wasThere]).toEqual([first.id, true]);
  });
});
