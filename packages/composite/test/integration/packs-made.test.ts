// Which parts are stored in packs, and which packs are claimed as packs (docs/protocol/packs.md).
import type { Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { closedPacks } from '../../../../test/kit/packs.js';
import { startDispatcher } from './dispatchers.js';
import { expectNothingLeft, PATIENCE, ran, short, shorts, upTo } from './packed.js';

const context = testContext('packs-made');

it('C5 packs of a parallel and of a serial are claimed as packs', async () => {
  await startDispatcher(context, 'claims', 2);
  // The first pack of a parallel is opened, where the lane has had no short jobs yet. On a busy
  // machine jobs may take too long to count as short.
  const claimed = async () => await closedPacks(context, 'claims');
  for (let i = 0; i < 50 && (await claimed()).parallels === 0; i++) {
    const whole = await context.queue('claims').put(parallel(shorts(`wide ${i}`, 200)));
    expect(await whole.wait(PATIENCE)).toEqual(upTo(200));
  }
  const row = await context.queue('claims').put(serial(shorts('long', 20)));
  expect(await row.wait(PATIENCE)).toEqual(upTo(20));
  expect(await claimed()).toEqual({ parallels: expect.any(Number), serials: 1 });
  expect((await claimed()).parallels).toBeGreaterThan(0);
  expect(ran.get('long')).toEqual(upTo(20));
  await expectNothingLeft(context, 'claims');
});

it.each<[string, boolean, () => Composite<unknown>]>([
  ['32 parts', true, () => parallel(shorts('d', 32))],
  ['31 parts', false, () => parallel(shorts('d', 31))],
  [
    '31 packable parts of 32',
    false,
    () =>
      parallel([...shorts('d', 31), short.job('d', 31).with({ retryPolicy: 'NeverRetry' }) as Job]),
  ],
  ['2 parts, packed', true, () => parallel(shorts('d', 2), { packed: true })],
  ['1 part, packed', false, () => parallel(shorts('d', 1), { packed: true })],
  ['100 parts, not packed', false, () => parallel(shorts('d', 100), { packed: false })],
  ['4 steps', true, () => serial(shorts('d', 4))],
  ['3 steps', false, () => serial(shorts('d', 3))],
  ['2 steps, packed', true, () => serial(shorts('d', 2), { packed: true })],
  ['9 steps, not packed', false, () => serial(shorts('d', 9), { packed: false })],
])('C5 of %s some are packed: %s', async (what, isPacked, make) => {
  const name = what.replace(/\W+/g, '-');
  const job = await context.queue(name).put(make());
  await startDispatcher(context, name, 1);
  const results = (await job.wait(PATIENCE)) as unknown[];
  expect([...results].sort()).toEqual(upTo(job.jobs.length).sort());
  // An opened pack leaves the events of its parts. A closed one is stored.
  const events = await context.redis.xrange(`${context.prefix}:${name}:events`, '-', '+');
  const packs = new Set(
    events.flatMap(([, flat]) => flat.filter((text) => /^[\da-f-]{14}8/.test(text))),
  );
  expect(packs.size > 0).toBe(isPacked);
});
