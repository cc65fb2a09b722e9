// `npm run scale` works: each scenario, in sizes that say nothing about scale.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanUpLater } from '../kit/cleanup.js';
import { root } from '../kit/paths.js';

const run = promisify(execFile);
const options = {
  timeout: 25_000,
  killSignal: 'SIGKILL',
  env: { ...process.env, NODE_OPTIONS: '' },
} as const;

interface Figures {
  scenario: string;
  result: { tables: { rows: unknown[][] }[]; verdicts: { target: string; holds: boolean }[] };
}

async function scale(...args: string[]): Promise<Figures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-scale-'));
  cleanUpLater(() => rm(folder, { recursive: true }));
  const json = join(folder, 'figures.json');
  await run(
    process.execPath,
    [join(root, 'scale/.build/main.js'), ...args, '--json', json],
    options,
  );
  return JSON.parse(await readFile(json, 'utf8')) as Figures[];
}

/** Of each row the first cell. */
const labels = (figures: Figures | undefined): unknown[] =>
  figures?.result.tables.flatMap(({ rows }) => rows.map(([label]) => label)) ?? [];

test('recovery, with a process that is killed and one that takes over', async () => {
  const [recovery] = await scale('recovery', '--quick', '--jobs', '10', '--composites', '2');
  expect(labels(recovery)).toEqual(
    expect.arrayContaining([
      'all 12 are interrupted',
      'all 10 jobs run again, in the sibling',
      'all 2 composites wait on, owned by the sibling',
    ]),
  );
});

test('one command gives the sizes of several scenarios, such as pings and pending', async () => {
  const sizes = [
    '--dispatchers',
    '2,4',
    '--interval',
    '20',
    '--pending',
    '20,40',
    '--samples',
    '5',
  ];
  const [pings, pending] = await scale('pings', 'pending', '--quick', ...sizes);
  expect([pings?.scenario, pending?.scenario]).toEqual(['pings', 'pending']);
  expect(labels(pings)).toContain('pings per second');
  expect(
    pending?.result.tables[0]?.rows.find(([label]) => label === 'put: CPU of Redis, µs'),
  ).toHaveLength(4);
});

test('reads weighs each read of a filled queue, and drains it', async () => {
  const [reads] = await scale('reads', '--quick', '--jobs', '400', '--dispatchers', '3');
  expect(labels(reads)).toEqual(
    expect.arrayContaining([
      'queue.counts()',
      'queue.explain(), waitingForQuota, the last one',
      'Dispatchers.list()',
      'queue.resume()',
      'drain',
    ]),
  );
  const queue = reads?.result.tables[0]?.rows;
  expect(queue).toContainEqual(['delayed', 40, 0]);
  expect(queue).toContainEqual(['succeeded', 93, 93]); // 80, and a composite of twelve parts
});

test('page runs the same work with a page of the monitor and without one', async () => {
  const [page] = await scale('page', '--quick', '--slice', '50', '--rounds', '1');
  expect(labels(page)).toContain('jobs a second');
  const [, , answers] = page?.result.tables[0]?.rows.at(-1) ?? [];
  expect(answers).toBeGreaterThan(0);
});

test('leak finds no key of a job after traffic of every kind', async () => {
  const [leak] = await scale('leak', '--quick', '--jobs', '1000');
  const verdict = leak?.result.verdicts.find(({ target }) => target === 'no key of a job is left');
  expect(verdict?.holds).toBe(true);
  expect(labels(leak)).toContain('{scale}:dispatcher:<uuid>');
});

test.each([
  [
    ['nothing'],
    'there is no scenario nothing; there are recovery, pings, pending, reads, page, leak',
  ],
  [['leak', '--composites', '5'], 'none of these scenarios has --composites'],
  [['leak', '--jobs', 'many'], '--jobs takes whole numbers from 1, with commas between'],
])('says what is wrong with %j', async (args, message) => {
  await expect(
    run(process.execPath, [join(root, 'scale/.build/main.js'), ...args], options),
  ).rejects.toMatchObject({
    code: 1,
    stderr: `scale: ${message}\n`,
  });
});
