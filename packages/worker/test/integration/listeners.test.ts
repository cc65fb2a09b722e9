// Connections that are lost again and again leave no listeners on their clients (B3).
import { defineTask, Queue } from '@drover/core';
import { Redis } from 'ioredis';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';

const { prefix, redisUrl } = testContext('listeners');
const work = defineTask('listeners.work', () => {});

/** Collects each client of ioredis that connects in this process from now on. */
function clientsMade(): Set<Redis> {
  const made = new Set<Redis>();
  const { connect } = Redis.prototype;
  Redis.prototype.connect = function (this: Redis, ...args) {
    made.add(this);
    return connect.apply(this, args);
  };
  return made;
}

const listenersOf = (client: Redis): number =>
  client.eventNames().reduce((sum, event) => sum + client.listenerCount(event), 0);

it('B3 wait, producer and dispatcher keep no listener of a lost connection', async () => {
  const server = await startRedis();
  const clients = clientsMade();
  const connection = {
    ...new Redis(server.url, { lazyConnect: true }).options,
    retryStrategy: () => 1,
  };
  const queue = new Queue('jobs', { connection, prefix });
  // Its lane has no agent, so that the wait lasts.
  const waited = await queue.put(work.job(), { lane: 'nobody' });
  const waiting = waited.wait().catch(() => {});
  const dispatcher = await dispatchersIn({ redisUrl, prefix } as never).start('jobs', {
    connection,
  });
  const admin = new Redis(server.url);
  clients.delete(admin);

  const counts: number[][] = [];
  for (let round = 0; round < 5; round++) {
    await eventually(() => [...clients].every(({ status }) => status === 'ready'));
    // The wait reads again, and the claimers block.
    await eventually(async () => String(await admin.client('LIST')).includes('cmd=xread'));
    counts.push([...clients].map(listenersOf));
    const ends = [...clients].map(
      (client) => new Promise((resolve) => client.once('close', resolve)),
    );
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await Promise.all(ends);
  }
  expect(clients.size).toBeGreaterThan(4);
  expect(counts.at(-1)).toEqual(counts[1]);
  await queue.remove(waited);
  await waiting;
  await queue.close();
  await dispatcher.deactivate();
  admin.disconnect();
});
