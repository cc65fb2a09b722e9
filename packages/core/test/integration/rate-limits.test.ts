// The rate limits of a queue: made, changed, read, and refused where they are wrong (Q9).
import { defineTask } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';

const context = testContext('rate-limit-settings');
const queue = context.queue('settings');
const work = defineTask('rate-limits.work', () => {});
const rate = { max: 10, duration: 1_000 };

it('Q9 a rate limit is created, resized, listed and removed', async () => {
  await queue.rateLimits.create('api', rate);
  await queue.rateLimits.create('api', rate);
  await queue.rateLimits.create('other', { max: 0, duration: 1 });
  const api = { name: 'api', ...rate, started: 0, waiters: 0 };
  expect(await queue.rateLimits.get('api')).toEqual(api);
  await queue.rateLimits.resize('api', { max: 3, duration: 50 });
  expect(await queue.rateLimits.list()).toEqual([
    { ...api, max: 3, duration: 50 },
    { name: 'other', max: 0, duration: 1, started: 0, waiters: 0 },
  ]);
  await queue.rateLimits.remove('other');
  expect(await queue.rateLimits.get('other')).toBeUndefined();
});

it('Q9 bad calls say what is wrong, and change nothing', async () => {
  await queue.rateLimits.create('fixed', rate);
  const { rateLimits } = queue;
  await expect(rateLimits.create('fixed', { max: 2, duration: 1 })).rejects.toThrow('resize it');
  await expect(rateLimits.create('a/b', rate)).rejects.toThrow('the name of a rate limit');
  await expect(rateLimits.create('fixed', { ...rate, keyed: true })).rejects.toThrow(
    'without keys',
  );
  await expect(rateLimits.create('x', { ...rate, keyed: 1 as never })).rejects.toThrow('keyed of');
  for (const max of [-1, 1.5, 100_001, '3' as never])
    await expect(rateLimits.create('x', { max, duration: 1 })).rejects.toThrow('max of');
  for (const duration of [0, 0.5, Infinity, undefined as never])
    await expect(rateLimits.create('x', { max: 1, duration })).rejects.toThrow('duration of');
  await expect(rateLimits.create('x', undefined as never)).rejects.toThrow('{ max, duration }');
  await expect(rateLimits.create('x', { ...rate, limit: 1 } as never)).rejects.toThrow('limit');
  for (const call of [rateLimits.resize('x', rate), rateLimits.remove('x')])
    await expect(call).rejects.toMatchObject({ code: 'DROVER_UNKNOWN_RATE_LIMIT' });
  expect((await rateLimits.get('fixed'))?.max).toBe(10);
});

it('Q9 a limit with keys is named with one', async () => {
  const { rateLimits } = queue;
  await rateLimits.create('tenant', { ...rate, keyed: true });
  await rateLimits.create('tenant', { ...rate, keyed: true });
  await expect(rateLimits.create('tenant', rate)).rejects.toThrow('with keys');
  expect(await rateLimits.get('tenant')).toEqual({ name: 'tenant', ...rate, keys: 0 });
  const acme = { name: 'tenant/acme', ...rate, started: 0, waiters: 0 };
  expect(await rateLimits.get('tenant/acme')).toEqual(acme);
  expect(await rateLimits.get('none/acme')).toBeUndefined();
  await expect(rateLimits.get('tenant/')).rejects.toThrow('ends with an empty key');
  const job = await queue.put(work.job(), { rateLimits: ['tenant/acme'] });
  await expect(rateLimits.remove('tenant')).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
  await queue.remove(job);
  await rateLimits.remove('tenant');
  expect(await context.redis.keys(`${context.prefix}:settings:rate:tenant*`)).toEqual([]);
});

it.each([
  [
    'tenant',
    'the rate limit "tenant" of named has keys: name one of them, as rateLimits: ["tenant/acme"]',
  ],
  ['api/x', 'the rate limit "api" of named has no keys: name it without one, rateLimits: ["api"]'],
])('Q9, B2 a put with the rate limit %s says how to name it', async (name, message) => {
  const named = context.queue('named');
  await named.rateLimits.create('tenant', { ...rate, keyed: true });
  await named.rateLimits.create('api', rate);
  const put = named.put(work.job(), { rateLimits: [name] });
  await expect(put).rejects.toThrow(message);
  await expect(put).rejects.toMatchObject({ code: 'DROVER_INVALID_ARGUMENT' });
});

it.each([
  ['none', 'the queue named has no rate limit "none": create it first'],
  ['none/x', 'the queue named has no rate limit "none": create it first, with { keyed: true }'],
])('Q9, B2 a put with the unknown rate limit %s says how to create it', async (name, message) => {
  const put = context.queue('named').put(work.job(), { rateLimits: [name] });
  await expect(put).rejects.toThrow(message);
  await expect(put).rejects.toMatchObject({ code: 'DROVER_UNKNOWN_RATE_LIMIT' });
});
