// Deactivating while Redis is away ends in time, and leaves nothing that keeps the process alive
// (D6, B3).
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { runAlone } from '../../../../test/kit/run-alone.js';
import { compiledKit } from '../../../../test/kit/paths.js';
import { Dispatcher } from '@drover/worker';
import { readableLogger } from './dispatchers.js';

const context = testContext('deactivate-away');
const setUp = `
  import { defineTask, Queue, local } from '@drover/core';
  import { Dispatcher } from '@drover/worker';
  import { pino } from 'pino';
  import { deaf } from '${compiledKit}/thread-tasks.js';
  const { PREFIX: prefix, UUID: uuid, URL: connection } = process.env;
  const taskModules = ['${compiledKit}/thread-tasks.js'];
  const queues = { away: { main: { size: 2 }, threads: { lanes: ['threads'], threads: true } } };
  const dispatcher = new Dispatcher({
    connection, prefix, uuid, taskModules, queues, pingInterval: 200,
    logger: pino({ level: 'silent' }) });
  const heeds = defineTask('away.heeds', async () => {
    await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
    throw local.signal.reason;
  });
  const next = (event) => new Promise((resolve) => dispatcher.once(event, resolve));
`;
/** The dispatcher is active, and idle or running two jobs, when it notices that Redis is gone. */
const idle = 'await dispatcher.activate();';
const running = `
  await dispatcher.activate();
  let count = 0;
  const started = new Promise((resolve) =>
    dispatcher.on('started', () => ++count === 2 && resolve()));
  const queue = new Queue('away', { connection, prefix });
  await queue.putAll([heeds.job(), deaf.job().with({ lane: 'threads' })]);
  await started;
  await queue.close();`;
const afterwards = (disturbance: string): string =>
  `await told('${disturbance}'); await next('error');`;

// A stop waits ten seconds for a Redis that is away; here all stops wait at the same time.
it('D6, B3 a dispatcher that is deactivated while Redis is away lets its process end', async () => {
  const programs = {
    'idle, cut off': idle + afterwards('cut'),
    'idle, in a black hole': idle + afterwards('black hole'),
    'running jobs, cut off': running + afterwards('cut'),
    'running jobs, in a black hole': running + afterwards('black hole'),
    'activating, cut off': `await told('cut');
      const activating = dispatcher.activate().catch(() => {}); await next('error');`,
  };
  const ends = Object.entries(programs).map(async ([what, program]) => {
    const proxy = await startFaultProxy(context.redisUrl);
    const env = { URL: proxy.url, PREFIX: `${context.prefix}:${newUuid()}`, UUID: newUuid() };
    const listeners = { cut: () => proxy.close(), 'black hole': () => proxy.blackHole() };
    const end =
      'await Promise.all([1, 2].map(() => dispatcher.deactivate())); say(dispatcher.status);';
    return [what, await runAlone(setUp, `${program} ${end}`, { env, listeners })];
  });
  const expected = { said: ['deactivated'], left: [], code: 0, signal: null };
  expect(Object.fromEntries(await Promise.all(ends))).toEqual(
    Object.fromEntries(Object.keys(programs).map((what) => [what, expected])),
  );
}, 60_000);

it('`await using` deactivates a dispatcher at the end of its block', async () => {
  const { logger } = readableLogger();
  let kept: Dispatcher;
  {
    const connection = context.redisUrl;
    const queues = { using: { main: {} } };
    await using dispatcher = new Dispatcher({
      connection,
      prefix: context.prefix,
      uuid: newUuid(),
      queues,
      logger,
    });
    await dispatcher.activate();
    kept = dispatcher;
  }
  expect(kept.status).toBe('deactivated');
});
