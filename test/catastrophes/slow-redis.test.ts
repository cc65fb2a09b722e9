// A Redis that stops for a moment now and then: pings fail, and deaths are found all the same.
import { Redis } from 'ioredis';
import { cleanUpLater } from '../kit/cleanup.js';
import { newUuid } from '../kit/context.js';
import { startRedis } from '../kit/redis-server.js';
import { startWorker } from '../kit/worker.js';

it('I1 a sole survivor that loses a ping in each death interval still finds a sibling dead', async () => {
  const server = await startRedis({ args: ['--enable-debug-command', 'yes'] });
  const redis = new Redis(server.url, { disconnectTimeout: 100 });
  cleanUpLater(async () => redis.disconnect());
  process.env['REDIS_URL'] = server.url;
  const start = () =>
    startWorker({
      prefix: '{slow}',
      uuid: newUuid(),
      queues: { slow: { main: {} } },
      pingInterval: 200,
      deathInterval: 3_000,
    });
  const [survivor, victim] = [start(), start()];
  await Promise.all([survivor.event('activated'), victim.event('activated')]);
  await victim.end('SIGKILL');
  let found = false;
  const died = survivor.event('died').then(() => (found = true));
  // Longer than a ping waits for its reply, and again before a death interval has passed.
  while (!found) {
    await redis.call('DEBUG', 'SLEEP', '0.5');
    await Promise.race([died, redis.blpop('never', 1.5)]);
  }
  expect(survivor.events('deposed')).toEqual([]);
  await survivor.end('SIGTERM');
});
