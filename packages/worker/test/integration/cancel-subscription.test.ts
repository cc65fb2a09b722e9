// A refused subscription is tried again on the same connection (O1, D1, B3). The intervals are so
// long that no reconcile pass makes up for it.
import { defineTask, local, Queue } from '@drover/core';
import { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { aborted } from '../../../../test/kit/gate.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const prefix = '{drover}';
const intervals = { pingInterval: 1_000, deathInterval: 600_000 };
const heeds = defineTask('cancel-subscription.heeds', async () => await aborted(local.signal));
const gives = defineTask('cancel-subscription.gives', () => 1);

/** A server with a user whose rights change. */
async function start() {
  const { url } = await startRedis();
  const admin = new Redis(url);
  cleanUpLater(() => admin.disconnect());
  const queue = new Queue('work', { connection: url, prefix });
  cleanUpLater(() => queue.close());
  const mayListen = async (may: boolean): Promise<void> => {
    await admin.acl(
      'SETUSER',
      'worker',
      'on',
      '>secret',
      '~*',
      '&*',
      '+@all',
      `${may ? '+' : '-'}subscribe`,
    );
  };
  await mayListen(false);
  const refusals = async (): Promise<number> => {
    const log = (await admin.acl('LOG')) as string[][];
    return log.reduce((sum, entry) => sum + Number(entry[entry.indexOf('count') + 1]), 0);
  };
  const listeners = async (uuid: string): Promise<unknown> =>
    (await admin.pubsub('NUMSUB', `${prefix}:dispatcher:${uuid}:cancelled`))[1];
  const connection = url.replace('redis://', 'redis://worker:secret@');
  const dispatchers = dispatchersIn({ redisUrl: url, prefix } as never);
  const make = (options: object = {}) =>
    dispatchers.make('work', { connection, ...intervals, ...options });
  return { url, queue, make, mayListen, refusals, listeners };
}

it.each([1, 3])(
  'O1, B3 after %i refused subscriptions a cancel is heard at once',
  async (times) => {
    const { queue, make, mayListen, refusals, listeners } = await start();
    const dispatcher = make();
    await dispatcher.activate();
    await eventually(async () => (await refusals()) >= times);
    await mayListen(true);
    await eventually(async () => (await listeners(dispatcher.uuid)) === 1);
    const job = heeds.job();
    const started = hasStarted(dispatcher, job);
    await queue.put(job);
    await started;
    await job.cancel('heard');
    await eventually(() => Promise.resolve(dispatcher.activeJobs().length === 0));
    await expect(job.wait({ timeout: 10_000 })).rejects.toThrow('heard');
    await dispatcher.deactivate();
  },
);

it('O1, B3 without the right to subscribe the dispatcher works, and stops', async () => {
  const { queue, make, listeners } = await start();
  const dispatcher = make();
  await dispatcher.activate();
  expect(await (await queue.put(gives.job())).wait({ timeout: 10_000 })).toBe(1);
  await dispatcher.deactivate();
  expect(await listeners(dispatcher.uuid)).toBe(0);
});

it('D1, B3 without that right a second dispatcher still follows the first', async () => {
  const { url, make, refusals } = await start();
  const uuid = newUuid();
  const first = make({ uuid, connection: url });
  await first.activate();
  const second = make({ uuid });
  const activated = second.activate();
  activated.catch(() => {});
  await eventually(async () => (await refusals()) >= 2);
  await first.deactivate();
  await activated;
  expect(second.status).toBe('active');
  await second.deactivate();
});
