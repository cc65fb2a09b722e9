// Bundles of a producer and of a worker, which run in a folder without any packages.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpLater } from '../kit/cleanup.js';
import { cellsOf, folder, node, PATIENCE } from './matrix.js';

/** By the end of a column's title in the guide: the format, and the extension of its files. */
const formats = { CommonJS: ['cjs', 'cjs'], 'ES modules': ['esm', 'mjs'] } as const;
const bundlers = ['esbuild', 'rollup', 'webpack'];
const columns = Object.keys(formats).flatMap((format) => [
  `producer, ${format}`,
  `worker, ${format}`,
]);
const LEFT_OUT = 'packages left out';

const cells = cellsOf('Bundles of the packages');
const made = new Map<string, Promise<string>>();
const bundle = async (
  bundler: string,
  format: string,
  outdir: string,
  ...more: string[]
): Promise<string> => {
  await node(join(folder, 'bundle'), ['bundle.mjs', bundler, format, outdir, ...more]);
  return outdir;
};
let apart: string;

beforeAll(async () => {
  apart = await mkdtemp(join(tmpdir(), 'drover-bundles-'));
  cleanUpLater(() => rm(apart, { recursive: true }));
});

/** The folder of the bundles by one bundler in one format: they are made once. */
function bundlesBy(bundler: string, format: string): Promise<string> {
  const outdir = join(apart, `${bundler}-${format}`);
  const making = made.get(outdir) ?? bundle(bundler, format, outdir);
  made.set(outdir, making);
  return making;
}

async function runWorker(outdir: string, extension: string): Promise<void> {
  const written = await node(outdir, [`main.${extension}`], {
    DROVER_LOAD_TASKS: join(outdir, `tasks.${extension}`),
  });
  expect(written).toBe('[[8,10],"thread",[]]\n');
}

async function runProducer(outdir: string, extension: string): Promise<void> {
  expect(await node(outdir, [`producer.${extension}`])).toBe('[[4],"InvalidArgumentError"]\n');
}

test('each bundler, with each way of a bundle, is in the guide', () => {
  const wanted = bundlers.flatMap((row) =>
    [...columns, LEFT_OUT].map((column) => ({ row, column })),
  );
  expect(cells).toEqual(wanted);
});

test.each(cells)(
  '$row: $column',
  async ({ row, column }) => {
    if (column === LEFT_OUT) {
      return await runWorker(
        await bundle(row, 'cjs', join(folder, `left-out-${row}`), 'external'),
        'cjs',
      );
    }
    const [program, name] = column.split(', ') as [string, keyof typeof formats];
    const [format, extension] = formats[name];
    const outdir = await bundlesBy(row, format);
    await (program === 'producer' ? runProducer : runWorker)(outdir, extension);
  },
  PATIENCE,
);

test(
  'a bundle of a worker without the files of its threads is refused, with what to do',
  async () => {
    const outdir = await bundlesBy('esbuild', 'cjs');
    const alone = join(apart, 'alone');
    await mkdir(alone, { recursive: true });
    await cp(join(outdir, 'main.cjs'), join(alone, 'main.cjs'));
    const running = node(alone, ['main.cjs'], { DROVER_LOAD_TASKS: join(outdir, 'tasks.cjs') });
    await expect(running).rejects.toThrow(
      /UnsupportedError: there is no heartbeat-thread\.js in .*docs\/guides\/loading/,
    );
    await cp(join(outdir, 'heartbeat-thread.cjs'), join(alone, 'heartbeat-thread.cjs'));
    const half = node(alone, ['main.cjs'], { DROVER_LOAD_TASKS: join(outdir, 'tasks.cjs') });
    await expect(half).rejects.toThrow(/UnsupportedError: there is no task-thread\.js in /);
  },
  PATIENCE,
);
