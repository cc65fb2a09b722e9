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

it('D2 dispatchers that are active one after the other have their pings from the same thread', () => {
  const body = `
    let threads = 0;
    process.on('worker', () => threads++);
    for (const value of [1, 2, 3]) {
      const one = new Dispatcher({ prefix, uuid, logger, queues });
      await one.activate();
      console.log(await (await queue.put(work.job(value))).wait());
      await one.deactivate();
    }
    await queue.close();
    console.log('threads:', threads);`;
  expect(run(body)).toEqual({ output: '1 2 3 threads: 1 end', signal: null });
});
