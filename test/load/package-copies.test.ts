// Two copies of the packages in one process (J1, D1): of one version they are one, of two versions
// they say so.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newUuid, testContext } from '../kit/context.js';
import { packageCopies } from '../kit/package-copies.js';

const context = testContext('copies');

/**
 * Runs a program that finds `a`, `b` and `options` of a dispatcher: each copy by its exports of
 * core and worker. Returns the output.
 */
async function run(
  folder: string,
  queue: string,
  program: string,
): Promise<{ told: unknown; stderr: string }> {
  for (const copy of ['a', 'b']) {
    const exported =
      "export * as core from '@drover/core';\nexport * as worker from '@drover/worker';\n";
    await writeFile(join(folder, copy, 'copy.mjs'), exported);
  }
  const options = {
    connection: context.redisUrl,
    prefix: context.prefix,
    uuid: newUuid(),
    signals: false,
    queues: { [queue]: { main: {} } },
  };
  const code = `import * as a from './a/copy.mjs';
    import * as b from './b/copy.mjs';
    import pino from 'pino';
    import { createRequire } from 'node:module';
    const options = { ...${JSON.stringify(options)}, logger: pino({ level: 'silent' }) };
    const { connection, prefix } = options;
    const tell = (value) => console.log(JSON.stringify(value));
    ${program}`;
  await writeFile(join(folder, 'program.mjs'), code);
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [join(folder, 'program.mjs')],
    { env },
  );
  return { told: JSON.parse(stdout), stderr };
}

it('J1, D1 two copies of one version share tasks, jobs, `local` and the dispatchers of a UUID', async () => {
  const { told, stderr } = await run(
    await packageCopies(),
    'same',
    `const task = b.core.defineTask('copies.where', async (n) => {
      await b.core.local.once('step', () => a.core.local.getQueue().put(task.job(0)).then(() => 1));
      return [n, b.core.local.fence, a.core.local.getJob() instanceof b.core.Job];
    });
    const again = a.core.defineTask('copies.where', task.run);
    const first = new a.worker.Dispatcher(options);
    await first.activate();
    const second = await new b.worker.Dispatcher(options).activate({ wait: false }).catch((error) => error.name);
    const queue = new a.core.Queue('same', { connection, prefix });
    const job = await queue.put(task.job(7));
    const callback = await job.addCallback(a.core.defineTask('copies.callback', async (result) => result.length).job());
    const result = await job.wait();
    tell([task === again, second, result, await callback.wait()]);
    await queue.close();
    await first.deactivate();`,
  );
  expect(told).toEqual([true, 'AlreadyActivatedError', [7, 1, true], 3]);
  expect(stderr).toBe('');
});

it('J1 `import` and `require` share tasks, classes, `local` and the dispatchers of a UUID', async () => {
  const { told, stderr } = await run(
    await packageCopies(),
    'formats',
    `const [fromA, fromB] = ['./a/x.js', './b/x.js'].map((file) => createRequire(new URL(file, import.meta.url)));
    const [core, copy] = [fromA('@drover/core'), fromB('@drover/core')];
    const { Dispatcher } = fromB('@drover/worker');
    const task = core.defineTask('formats.where', async (n) => [
      n,
      a.core.local.fence,
      copy.local.getJob() instanceof a.core.Job,
      await a.core.local.once('step', async () => 'done'),
    ]);
    const first = new Dispatcher(options);
    await first.activate();
    const imported = new a.worker.Dispatcher(options);
    const second = await imported.activate({ wait: false }).catch((error) => error instanceof core.AlreadyActivatedError);
    const queue = new a.core.Queue('formats', { connection, prefix });
    const job = await queue.put(task.job(7));
    tell([first instanceof a.worker.Dispatcher, second, job instanceof copy.Job, await job.wait()]);
    await queue.close();
    await first.deactivate();`,
  );
  expect(told).toEqual([true, true, true, [7, 1, true, 'done']]);
  expect(stderr).toBe('');
});

it('J1, D1 two versions say which they are; neither takes the other for its own, or deposes it', async () => {
  const { told, stderr } = await run(
    await packageCopies('99.0.0'),
    'versions',
    `const task = b.core.defineTask('copies.other', async () => 1);
    const mine = a.core.defineTask('copies.mine', async () => 2);
    const first = new a.worker.Dispatcher(options);
    let deposed = false;
    first.on('deposed', () => (deposed = true));
    await first.activate();
    const second = await new b.worker.Dispatcher(options).activate({ wait: false }).catch((error) => error.name);
    const queue = new a.core.Queue('versions', { connection, prefix });
    const own = mine.job();
    const refused = [
      () => queue.put(task.job()),
      () => queue.put(task),
      () => own.addCallback(task.job()),
      () => a.core.joinJobs([task.job()]),
      () => b.core.local.fence,
    ];
    const errors = [];
    for (const attempt of refused) errors.push(await (async () => attempt())().then(() => 'done', String));
    tell([second, deposed, await (await queue.put(own)).wait(), errors]);
    await queue.close();
    await first.deactivate();`,
  );
  const names = (error: string): boolean =>
    error.includes('@drover/core is loaded in the versions 0.1.0 and 99.0.0') &&
    error.includes('npm ls @drover/core');
  expect(told).toEqual(['AlreadyActivatedError', false, 2, expect.any(Array)]);
  const [, , , errors] = told as [string, boolean, number, string[]];
  expect(errors.map((error) => [names(error), error.slice(0, error.indexOf(':'))])).toEqual([
    ...Array<unknown>(4).fill([true, 'InvalidArgumentError']),
    [true, 'NoLocalJobError'],
  ]);
  expect(stderr).toMatch(
    /\[DROVER_SEVERAL_VERSIONS\] Warning: @drover\/core is loaded in several versions: 0\.1\.0/,
  );
  expect(stderr).toMatch(/99\.0\.0 \(\/.*Install one: see `npm ls @drover\/core`/);
});
