// A task thread has the preloads and loaders of its process's Node flags (D7).
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { compiledKit } from '../../../../test/kit/paths.js';
import { startProgram } from '../../../../test/kit/process.js';
import { preloaded } from '../../../../test/kit/thread-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, readableLogger } from './dispatchers.js';
import type { WorkerProgramOptions } from '../../../../test/kit/worker.js';

const context = testContext('thread-flags');
const javascript = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

const preload = javascript("globalThis.preloaded = 'yes';");
/** A loader as tsx and others register it. */
const hooks = javascript(`
  export const resolve = (specifier, context, next) =>
    specifier === 'drover:virtual'
      ? { url: 'data:text/javascript,export default 42', shortCircuit: true }
      : next(specifier, context);`);
const loader = javascript(
  `import { register } from 'node:module'; register(${JSON.stringify(hooks)});`,
);

/** A program that is given as text. */
const text = [
  '--input-type=module',
  '-e',
  `await import(${JSON.stringify(`file://${compiledKit}/programs/worker.js`)})`,
];

it('D7, B1 a loader that does not load in threads is logged, with the cure', async () => {
  const module = join(await mkdtemp(join(tmpdir(), 'drover-')), 'tasks.typescript');
  await writeFile(module, 'export const a: number = 1;');
  const { logger, lines } = readableLogger();
  await dispatchersIn(context).start('flags-unknown', {
    logger,
    threads: true,
    taskModules: [module],
  });
  await context.queue('flags-unknown').put(preloaded.job());
  const { msg } = await eventually(() =>
    lines.find((line) => line.msg.startsWith('job cannot be run here')),
  );
  expect(msg).toMatch(/cannot be imported in a thread: TypeError: Unknown file extension/);
  expect(msg).toMatch(/give the threads one that does, as execArgv of `threads`$/);
  await rm(dirname(module), { recursive: true });
});

type Threads = boolean | { execArgv: string[] };

it.each<[string, { flags?: string[]; env?: Record<string, string>; threads?: Threads }, unknown[]]>(
  [
    ['a preload', { flags: ['--import', preload] }, ['yes', undefined, false]],
    ['a loader', { flags: ['--import', loader] }, [undefined, 42, false]],
    ['NODE_OPTIONS', { env: { NODE_OPTIONS: `--import ${loader}` } }, [undefined, 42, false]],
    [
      'flags that are refused for threads',
      { flags: ['--max-old-space-size=300', '--title=x', '--import', preload] },
      ['yes', undefined, false],
    ],
    ['a text', { flags: ['--import', preload, ...text] }, ['yes', undefined, false]],
    [
      'a text and flags that are refused for threads',
      {
        flags: [
          '--expose-gc',
          '--title=x',
          '--import',
          preload,
          ...text,
          '--max-old-space-size=300',
        ],
      },
      ['yes', undefined, false],
    ],
    [
      'flags of its own',
      { threads: { execArgv: ['--import', preload] } },
      ['yes', undefined, false],
    ],
    [
      'no flags',
      { flags: ['--import', preload], threads: { execArgv: [] } },
      [undefined, undefined, false],
    ],
  ],
)(
  'D7 a task thread of a process with %s',
  async (what, { flags = [], env = {}, threads = true }, expected) => {
    const queue = context.queue(`flags-${what.replaceAll(' ', '-')}`);
    const options: WorkerProgramOptions = {
      prefix: context.prefix,
      uuid: newUuid(),
      queues: { [queue.name]: { main: { threads } } },
      taskModules: [`${compiledKit}/thread-tasks.js`],
    };
    const worker = startProgram('worker', {
      env: { ...env, WORKER_OPTIONS: JSON.stringify(options) },
      flags,
    });
    // The process and its thread load all modules first.
    const job = await queue.put(preloaded.job());
    expect(await waitForResult(job, { timeout: 30_000 })).toEqual(expected);
    worker.kill('SIGTERM');
    await worker.exited;
  },
);
