// `npm run bench` works: real processes of each side, apart and together.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanUpLater } from '../../../test/kit/cleanup.js';
import { root } from '../../../test/kit/paths.js';
import type { Results } from '../../results.js';

const run = promisify(execFile);

/** The command, without what npm does before it. */
function bench(...args: string[]) {
  return run(process.execPath, [join(root, 'bench/.build/main.js'), ...args], {
    timeout: 40_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

async function measure(...args: string[]): Promise<Results> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-bench-'));
  cleanUpLater(() => rm(folder, { recursive: true }));
  const json = join(folder, 'results.json');
  await bench('--quick', '--runs', '1', '--warm-up', '1000', '--json', json, ...args);
  return JSON.parse(await readFile(json, 'utf8')) as Results;
}

const everySide = {
  raw: expect.objectContaining({ median: expect.any(Number) }),
  drover: expect.objectContaining({ median: expect.any(Number) }),
  'step-job': expect.objectContaining({ median: expect.any(Number) }),
};

test.concurrent('separate processes have CPU time of their own', async () => {
  const { rows, together } = await measure('--only', 'serial/50x20');
  expect(together).toBe(false);
  expect(rows.map(({ sides }) => sides)).toEqual([everySide]);
  const { producer = 0, worker = 0, redis = 0 } = rows[0]?.sides.drover?.cpu ?? {};
  expect(Math.min(producer, worker, redis)).toBeGreaterThan(0);
});

test.concurrent(
  'memory is measured while composites run and afterwards, in one process',
  async () => {
    const { rows, together } = await measure('--together', '--only', 'memory/serial/50x20');
    expect(together).toBe(true);
    expect(rows.map(({ unit }) => unit)).toEqual(['bytes/part', 'bytes/part', 'MB', 'MB']);
    for (const { sides } of rows) expect(sides).toEqual(everySide);
    // A step of a raw flow is a hash of many fields; the most is not less than what is left.
    const [most = 0, kept = 0] = rows.map(({ sides }) => sides.raw?.median);
    expect(kept).toBeGreaterThan(500);
    expect(most).toBeGreaterThan(500);
  },
);

test.concurrent('a wrong option ends it with one line that says what there is', async () => {
  await expect(bench('--only', 'nothing')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^bench: there is no scenario nothing; there are plain\/1, .*\n$/,
    ),
  });
});
