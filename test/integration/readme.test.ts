// The examples of the README and of the guides run as they are printed, and print what is printed
// below them.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanUpLater } from '../kit/cleanup.js';
import { root } from '../kit/paths.js';
import { startRedis } from '../kit/redis-server.js';
import { codeBlocksOf, read } from '../unit/docs/markdown.js';

interface Example {
  page: string;
  file: string;
  code: string;
  /** The output that the page shows below it. */
  prints: string;
}

const pages = [
  'README.md',
  'docs/guides/writing-tasks.md',
  'docs/guides/operating.md',
  'docs/guides/recipes.md',
];
const examples = pages.flatMap(examplesOf);
const ofTwoProcesses = ['worker.mjs', 'producer.mjs'];
const ofOneProcess = examples.filter(({ file }) => !ofTwoProcesses.includes(file));

function examplesOf(page: string): Example[] {
  const blocks = codeBlocksOf(read(page));
  return blocks.flatMap(({ file, code }, i) => {
    const next = blocks[i + 1];
    return file === undefined
      ? []
      : [{ page, file, code, prints: next?.language === 'text' ? next.code : '' }];
  });
}

let folder = '';
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  // The examples use the default prefix: in a Redis that others use, they would meet others' jobs.
  const redis = await startRedis();
  env = {
    ...process.env,
    REDIS_URL: redis.url,
    NODE_OPTIONS: '',
    DROVER_UUID: '',
    FORCE_COLOR: '0',
  };
  folder = await mkdtemp(join(tmpdir(), 'drover-readme-'));
  cleanUpLater(() => rm(folder, { recursive: true }));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, code } of examples) await writeFile(join(folder, file), code);
});

/** The output of a program without the dispatcher's log. */
async function run(file: string): Promise<string> {
  const options = { cwd: folder, env, timeout: 20_000, killSignal: 'SIGKILL' } as const;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], options);
  expect(stderr).toBe('');
  return stdout.replace(/^\{"level":.*\n/gm, '');
}

test('there are the examples that the README speaks of', () => {
  const files = examples.filter(({ page }) => page === 'README.md').map(({ file }) => file);
  expect(files).toEqual(
    expect.arrayContaining([
      'first-job.mjs',
      'first-composite.mjs',
      'first-job.cjs',
      ...ofTwoProcesses,
    ]),
  );
  expect(new Set(examples.map(({ file }) => file)).size).toBe(examples.length);
});

test.each(['first-job.mjs', 'first-composite.mjs'])('%s has at most 15 lines', (file) => {
  const code = examples.find((example) => example.file === file)?.code ?? '';
  expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
});

test.each(ofOneProcess)('$page: $file prints the lines of the page', async ({ file, prints }) => {
  expect(await run(file)).toBe(prints);
});

test('README.md: worker.mjs runs the jobs of producer.mjs, and ends by SIGTERM', async () => {
  const worker = spawn(process.execPath, ['worker.mjs'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(worker, 'exit');
  cleanUpLater(() => void worker.kill('SIGKILL'));
  const prints = examples.find(({ file }) => file === 'producer.mjs')?.prints;
  expect(await run('producer.mjs')).toBe(prints);
  worker.kill('SIGTERM');
  expect(await exited).toEqual([null, 'SIGTERM']);
});
