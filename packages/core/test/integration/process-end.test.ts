// The process of a producer ends by itself once its queues are closed.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testContext } from '../../../../test/kit/context.js';

const context = testContext('process-end');

/** Runs a producer as a process of its own; `signal` is set when it had to be killed. */
function run(body: string): { output: string; signal: string | null } {
  const program = `
    import { defineTask, Queue } from '@drover/core';
    const work = defineTask('work', (value) => value);
    const queue = new Queue('process-end', { prefix: process.env.PREFIX });
    const say = (error) => console.log(error.name);
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
        REDIS_URL: context.redisUrl,
      },
      encoding: 'utf8',
      timeout: 8_000,
    },
  );
  expect(stderr).toBe('');
  return { output: stdout.trim().replaceAll('\n', ' '), signal };
}

it.each([
  ['that never did anything', 'await queue.close();', 'end'],
  ['that put a job', 'await queue.put(work.job(1)); await queue.close();', 'end'],
  [
    'that is closed while it puts',
    'const put = queue.put(work.job(1)).catch(say); await queue.close(); await put;',
    'BadStatusError end',
  ],
  [
    'that is closed while it waits',
    `const job = await queue.put(work.job(1)); const wait = job.wait().catch(say);
    await queue.close(); await wait;`,
    'BadStatusError end',
  ],
  [
    'whose wait timed out',
    `const job = await queue.put(work.job(1)); await job.wait({ timeout: 50 }).catch(say);
    await queue.close();`,
    'TimeoutError end',
  ],
])('a process ends after it closed a queue %s', (_what, body, output) => {
  expect(run(body)).toEqual({ output, signal: null });
});

it('a process ends after a wait on a closed queue', () => {
  const { signal } = run(
    'const job = await queue.put(work.job(1)); await queue.close(); await job.wait().catch(say);',
  );
  expect(signal).toBeNull();
});
