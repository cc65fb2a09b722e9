// The process of a worker ends by itself once its dispatchers are deactivated and its queues
// closed.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newUuid, testContext } from '../../../../test/kit/context.js';

const context = testContext('process-end');

function run(body: string): { output: string; signal: string | null } {
  const program = `
    import { defineTask, Queue, local } from '@drover/core';
    import { Dispatcher } from '@drover/worker';
    import { pino } from 'pino';
    const { PREFIX: prefix, UUID: uuid } = process.env;
    const logger = pino({ level: 'silent' });
    const queues = { end: { main: { size: 2 } } };
    const dispatcher = new Dispatcher({ prefix, uuid, logger, queues });
    const work = defineTask('work', (value) => value);
    const queue = new Queue('end', { prefix });
    ${body}
    console.log('end');
  `;
  const { stdout, signal, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program],
    {
      cwd: dirname(fileURLToPath(import.meta.url)),
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        PREFIX: context.prefix,
        UUID: newUuid(),
        REDIS_URL: context.redisUrl,
      },
      encoding: 'utf8',
      timeout: 15_000,
    },
  );
  expect(stderr).toBe('');
  return { output: stdout.trim().replaceAll('\n', ' '), signal };
}

it.each([
  ['that never was active', 'await dispatcher.deactivate(); await queue.close();', 'end'],
  [
    'that was idle',
    'await dispatcher.activate(); await dispatcher.deactivate(); await queue.close();',
    'end',
  ],
  [
    'that ran a job',
    `await dispatcher.activate(); console.log(await (await queue.put(work.job(7))).wait());
    await dispatcher.deactivate(); await queue.close();`,
    '7 end',
  ],
  [
    'whose activation was refused',
    `await dispatcher.activate();
     const other = new Dispatcher({ prefix, uuid, logger, queues: { end: { main: {} } } });
     await other.activate({ wait: false }).catch((error) => console.log(error.name));
     await dispatcher.deactivate(); await queue.close();`,
    'AlreadyActivatedError end',
  ],
  [
    'that interrupted a job which heeds its signal',
    `const once = defineTask('stops', async () => {
       const { signal } = local;
       await new Promise((resolve) => signal.addEventListener('abort', resolve));
       throw signal.reason;
     });
     const started = new Promise((resolve) => dispatcher.once('started', resolve));
     await queue.put(once.job()); await dispatcher.activate(); await started;
     await dispatcher.deactivate(); await queue.close();`,
    'end',
  ],
])('a process ends after a dispatcher %s', (_what, body, output) => {
  expect(run(body)).toEqual({ output, signal: null });
});

/** Looks at the threads of a program, and starts dispatchers in it. */
const WATCHING = `
  const threads = [];
  const alive = [];
  const waits = [];
  process.on('worker', (thread) => {
    threads.push(thread);
    thread.on('message', ({ message }) => {
      if (!message.alive) return;
      alive.push(thread);
      for (const look of waits) look();
    });
  });
  /** The thread pings for so many dispatchers. */
  const pings = (number, count) =>
    new Promise((resolve) => {
      const look = () => {
        if (alive.filter((thread) => thread === threads[number]).length === count) resolve();
      };
      waits.push(look);
      look();
    });
  const start = async (options) => {
    const one = new Dispatcher({ prefix, logger, queues, ...options });
    await one.activate();
    return one;
  };`;

it('D2 dispatchers that are active one after the other have their pings from the same thread', () => {
  const body = `
    ${WATCHING}
    for (const value of [1, 2, 3]) {
      const one = await start({ uuid });
      console.log(await (await queue.put(work.job(value))).wait());
      await one.deactivate();
    }
    await queue.close();
    console.log('threads:', threads.length);`;
  expect(run(body)).toEqual({ output: '1 2 3 threads: 1 end', signal: null });
});

it('D2 one thread pings for all dispatchers of a process, and another one when it ends', () => {
  const body = `
    ${WATCHING}
    const options = { pingInterval: 50, deathInterval: 1_000 };
    const uuids = Array.from({ length: 3 }, () => crypto.randomUUID());
    const [first, ...others] = await Promise.all(uuids.map((uuid) => start({ ...options, uuid })));
    await pings(0, 3);
    await first.deactivate();
    // The main loop cannot ping meanwhile.
    const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
    block();
    console.log(others.map((one) => one.health().live).join());
    await threads[0].terminate();
    await pings(1, 2);
    block();
    console.log(others.map((one) => one.health().live).join());
    for (const one of others) await one.deactivate();
    await queue.close();
    console.log('threads:', threads.length);`;
  expect(run(body)).toEqual({ output: 'true,true true,true threads: 2 end', signal: null });
});
