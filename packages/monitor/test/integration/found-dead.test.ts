// The deaths of the last day (D2, D10).
import { Dispatchers } from '@drover/core';
import type { Death, Interrupts } from '@drover/monitor';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { clientOf, monitorIn } from './monitor-requests.js';

const context = testContext('found-dead');
const { prefix, redis } = context;
const dispatchers = dispatchersIn(context);
const client = clientOf(monitorIn(context));
const fleet = new Dispatchers({ connection: context.redisUrl, prefix });
cleanUpLater(() => fleet.close());
const read = async (query = ''): Promise<Interrupts> =>
  (await client.get<Interrupts>(`/api/interrupts${query}`)).body;

it('D2, D10 a dispatcher that is found dead is among the deaths, also when it is back', async () => {
  const uuid = newUuid();
  const now = Number((await redis.time())[0]) * 1_000;
  await redis.hset(`${prefix}:dispatcher:${uuid}`, {
    ...{ status: 'active', epoch: 1, host: 'pod', pid: 7, deathInterval: 10_000 },
    ...{ activatedAt: now - 90_000, lastPing: now - 60_000, retention: 86_400_000 },
    ...{ agents: '[]', tasks: '[]', running: '{}', queues: '{}', lanes: '[]' },
  });
  await redis.zadd(`${prefix}:dispatchers`, now - 50_000, uuid);
  const process = { dispatcher: uuid, host: 'pod', pid: 7 };
  const deathsAre = async (deaths: Partial<Death>[]): Promise<void> => {
    await eventually(async () => {
      expect((await read()).deaths).toEqual(deaths);
      return true;
    });
  };
  await deathsAre([{ ...process, at: now - 60_000, deaths: 0, status: 'dead' }]);
  expect((await read('?within=30000')).deaths).toEqual([]);
  await dispatchers.start('work');
  const found = { ...process, at: expect.any(Number) as number, deaths: 1 };
  await deathsAre([{ ...found, status: 'deactivated' }]);
  const back = await dispatchers.start('work', { uuid });
  await deathsAre([{ ...found, status: 'active' }]);
  await back.deactivate();
  const { deaths, lastDeath } = (await fleet.get(uuid)) ?? {};
  expect([deaths, lastDeath]).toEqual([
    1,
    { at: expect.any(Number) as number, host: 'pod', pid: 7 },
  ]);
});
