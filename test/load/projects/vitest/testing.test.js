import { defineTask, Queue } from '@drover/core';
import { expectPut, startRedis, travel } from '@drover/core/testing';
import { runInline } from '@drover/worker/testing';
import { afterAll, expect, test } from 'vitest';

const redis = await startRedis();
afterAll(() => redis.stop());
const double = defineTask('load.testing', async (n) => 2 * n);

test('the helpers for tests work', async () => {
  const queue = new Queue('numbers', { connection: redis.url });
  await queue.put(double.job(4), { beginAfter: 3_600_000 });
  await travel(queue, 3_600_000);
  const [job] = await expectPut(queue, double, [expect.any(Number)]);
  expect(await queue.counts()).toMatchObject({ due: 1, delayed: 0 });
  expect(await runInline(job, { queue })).toBe(8);
  await queue.close();
});
