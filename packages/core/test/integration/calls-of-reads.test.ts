// Reads of many jobs and many dispatchers take few calls of Redis, each of a bounded size.
import { defineTask, Dispatchers, Queue } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';

const context = testContext('calls-of-reads');
const { prefix, redis } = context;
const work = defineTask('calls-of-reads.work', (value: unknown) => value);
const LONG = 'x'.repeat(100_000);

/** Counts the requests on a way to Redis. */
async function counted(): Promise<{
  url: string;
  during: (act: () => Promise<unknown>) => Promise<number>;
}> {
  const proxy = await startFaultProxy(context.redisUrl);
  let count = 0;
  void proxy.next(() => ++count === 0, { kind: 'cut' });
  const during = async (act: () => Promise<unknown>): Promise<number> => {
    count = 0;
    await act();
    return count;
  };
  return { url: proxy.url, during };
}

it('Q11 jobs, and calls on all jobs of a filter, read a page of jobs by one call', async () => {
  const { url, during } = await counted();
  const queue = new Queue('pages', { connection: url, prefix });
  cleanUpLater(() => queue.close());
  await queue.putAll(Array.from({ length: 900 }, (_, i) => work.job(i)));
  expect(await queue.jobs()).toHaveLength(900);
  expect(await during(() => queue.jobs())).toBeLessThan(30);
  expect(await during(() => queue.cancelAll({}, { dryRun: true }))).toBeLessThan(60);
  expect(await during(() => queue.retryAll({ status: 'pending' }, { dryRun: true }))).toBeLessThan(
    60,
  );
});

it('J2 jobs with long arguments are read by several calls, each of a bounded size', async () => {
  const { url, during } = await counted();
  const queue = new Queue('long', { connection: url, prefix });
  cleanUpLater(() => queue.close());
  const put = await queue.putAll(Array.from({ length: 40 }, (_, i) => work.job(`${i} ${LONG}`)));
  let ids: string[] = [];
  const calls = await during(async () => {
    ids = (await queue.jobs()).map(({ id }) => id);
  });
  expect(ids).toEqual(put.map(({ id }) => id));
  expect(calls).toBeGreaterThan(5);
});

it('D10 Dispatchers.list reads fifty records by one call, damaged ones too', async () => {
  const { url, during } = await counted();
  const fleet = new Dispatchers({ connection: url, prefix });
  cleanUpLater(() => fleet.close());
  const uuids = Array.from({ length: 250 }, newUuid);
  const now = Date.now();
  const writes = redis.pipeline();
  for (const [i, uuid] of uuids.entries()) {
    const fields = {
      status: 'active',
      epoch: 1,
      lastPing: now,
      activatedAt: now + i,
      host: `h${i}`,
    };
    if (i === 100) writes.rpush(`${prefix}:dispatcher:${uuid}`, 'no record');
    else writes.hset(`${prefix}:dispatcher:${uuid}`, fields);
    writes.zadd(`${prefix}:dispatchers`, now, uuid);
  }
  await writes.exec();
  let hosts: string[] = [];
  const calls = await during(async () => {
    hosts = (await fleet.list()).map(({ host }) => host);
  });
  expect(hosts).toEqual(uuids.flatMap((_, i) => (i === 100 ? [] : [`h${i}`])));
  expect(calls).toBeLessThan(15);
});
