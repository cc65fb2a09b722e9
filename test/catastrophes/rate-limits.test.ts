// Workers are killed: no window of a rate limit has too many starts, and no job waits for ever
// (Q9).
import { newUuid, testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { startRedis } from '../kit/redis-server.js';
import { recordStarts } from '../kit/starts.js';
import { echo, pauseOnce } from '../kit/tasks.js';
import { eventually } from '../kit/wait.js';
import { startWorker, type WorkerProcess } from '../kit/worker.js';

// MONITOR shows each command of a server: on the common one that would be those of all tests.
const context = testContext('rate-limit-deaths', (await startRedis()).url);
// The worker processes have it from here.
process.env['REDIS_URL'] = context.redisUrl;
const { prefix, redis } = context;
const dispatchers = dispatchersIn(context);
/** A worker that only waits for a processor must not be found dead. */
const PATIENT = { pingInterval: 500, deathInterval: 3_000 };
const RATES = { api: { max: 8, duration: 250 }, tight: { max: 1, duration: 100 } };

it('Q9 eight dispatchers pass no limit, and let all jobs start, when one is killed', async () => {
  const starts = await recordStarts(context);
  const queue = context.queue('killed');
  for (const [name, rate] of Object.entries(RATES)) await queue.rateLimits.create(name, rate);
  const worker = (lanes: string[]): WorkerProcess => {
    const queues = { killed: { main: { size: 4, lanes } } };
    return startWorker({ prefix, uuid: newUuid(), queues, ...PATIENT });
  };
  const doomed = worker(['main', 'doomed']);
  const workers = [doomed, worker(['main']), worker(['main'])];
  await Promise.all(workers.map((one) => one.event('activated')));
  // They run until their process dies.
  const held = await queue.putAll([pauseOnce.job(1), pauseOnce.job(2)], {
    rateLimits: ['api'],
    lane: 'doomed',
  });
  for (let i = 0; i < 5; i++) await dispatchers.start('killed', { size: 4, ...PATIENT });
  await doomed.event('started', pauseOnce.name, 2);
  const jobs = await queue.putAll(
    Array.from({ length: 120 }, (_, i) =>
      echo.job(i).with({ rateLimits: i % 6 === 0 ? ['api', 'tight'] : ['api'] }),
    ),
  );
  await eventually(() => starts.of('killed', 'api').length >= 40);
  await doomed.end('SIGKILL');
  workers[0] = worker(['main', 'doomed']);
  const all = [...held, ...jobs];
  const values = await Promise.all(all.map((job) => job.wait({ timeout: 60_000 })));
  expect(values).toEqual([1, 2, ...jobs.map((_, i) => i)]);
  for (const [name, rate] of Object.entries(RATES))
    expect([name, starts.excess('killed', name, rate)]).toEqual([name, 0]);
  // The interrupted jobs have started again.
  expect(starts.of('killed', 'api').length).toBeGreaterThanOrEqual(all.length + 2);
  for (const name of Object.keys(RATES)) await queue.rateLimits.remove(name);
  expect(await redis.keys(`${prefix}:killed:rate*`)).toEqual([]);
  await Promise.all(workers.map((one) => one.end('SIGTERM')));
}, 90_000);
