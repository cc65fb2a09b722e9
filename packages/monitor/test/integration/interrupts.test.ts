// The interrupts and deaths of the last day, as far as records are kept.
import { defineTask, local } from '@drover/core';
import type { Interrupts } from '@drover/monitor';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { clientOf, monitorIn } from './monitor-requests.js';

const context = testContext('interrupts');
const { prefix, redis } = context;
const dispatchers = dispatchersIn(context);
const client = clientOf(monitorIn(context));
const queue = context.queue('work');
const holds = defineTask('interrupts.holds', async () => {
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});
const read = async (query = ''): Promise<Interrupts> =>
  (await client.get<Interrupts>(`/api/interrupts${query}`)).body;

it('I4, I8 interrupts tell what was interrupted, and how it was decided', async () => {
  const first = await dispatchers.start('work', { size: 1 });
  const job = holds.job();
  const begun = hasStarted(first, job);
  await queue.put(job);
  await begun;
  expect(await read()).toMatchObject({
    within: 86_400_000,
    interrupts: [],
    deaths: [],
    more: false,
  });
  await first.deactivate();
  const name = { id: job.id, task: 'interrupts.holds', queue: 'work' };
  const by = { id: expect.any(String) as string, task: 'drover.handleInterrupt', queue: 'work' };
  const open = (await read()).interrupts;
  expect(open).toEqual([{ at: expect.any(Number) as number, job: name, by }]);
  const { uuid } = await dispatchers.start('work', { size: 1 });
  await eventually(async () => (await read()).interrupts[0]?.decided);
  expect((await read()).interrupts).toEqual([
    { ...open[0], decided: { at: expect.any(Number) as number, how: 'retried', dispatcher: uuid } },
  ]);
  expect(await read('?within=0')).toMatchObject({ within: 0, interrupts: [] });
  expect((await read()).deaths).toEqual([]);
  await job.cancel();
});

it('D2 deaths are dispatchers whose pings ended long before their records', async () => {
  const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
  const now = Number((await redis.time())[0]) * 1_000;
  const record = {
    ...{ status: 'deactivated', epoch: 1, host: 'pod', pid: 7, deathInterval: 10_000 },
    ...{ activatedAt: now - 90_000, lastPing: now - 60_000, retention: 86_400_000 },
    ...{ agents: '[]', tasks: '[]', running: '{}' },
  };
  await redis.zadd(`${prefix}:dispatchers:ended`, now + 86_000_000, uuid);
  const deathsWith = async (fields: object) => {
    await redis.hset(`${prefix}:dispatcher:${uuid}`, { ...record, ...fields });
    return (await read()).deaths;
  };
  const death = { dispatcher: uuid, host: 'pod', pid: 7, lastPing: now - 60_000 };
  expect(await deathsWith({ endedAt: now - 40_000 })).toEqual([{ ...death, isCleanedUp: true }]);
  expect(await deathsWith({ endedAt: now - 59_000 })).toEqual([]);
  expect(await deathsWith({ status: 'active', endedAt: '' })).toEqual([
    { ...death, isCleanedUp: false },
  ]);
  expect(await deathsWith({ status: 'cleaning' })).toEqual([{ ...death, isCleanedUp: false }]);
  expect((await read('?within=30000')).deaths).toEqual([]);
});
