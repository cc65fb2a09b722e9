// The file of the results, and the tables that are made of it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { cleanUpLater } from '../../../test/kit/cleanup.js';
import { root } from '../../../test/kit/paths.js';
import { withTables } from '../../readme.js';
import { lines } from '../../report.js';
import { addTo, checkAddable, readResults, writeResults, type Results } from '../../results.js';
import type { Row } from '../../rows.js';
import { toRows } from '../../rows.js';
import type { Measured } from '../../scenarios/scenario.js';
import { scenarios } from '../../scenarios/index.js';

const README = `# A page

<!-- bench: speed -->

old

<!-- /bench: speed -->

Between.

<!-- bench: memory -->
<!-- /bench: memory -->

<!-- bench: recovery -->

as it was

<!-- /bench: recovery -->
`;

/** Raw has 10, Drover 20, all others 40, in everything. */
function rowsOf(name: string): Row[] {
  const scenario = scenarios.find((one) => one.name === name) ?? scenarios[0]!;
  const measure = (value: number): Measured[] =>
    [value, value].map((one) => ({
      values: scenario.metrics.map(() => one),
      cpu: { producer: 0.25, worker: value, redis: 1_234 },
    }));
  const value = { raw: 10, drover: 20, 'step-job': 40, 'bee-queue': 40 };
  return toRows(scenario, new Map(scenario.sides.map((side) => [side, measure(value[side])])));
}

function resultsOf(...names: string[]): Results {
  return {
    date: '2026-01-01T00:00:00.000Z',
    node: '20.20.1',
    redis: '7.0.15',
    bullmq: '6.7.0',
    beeQueue: '2.0.0',
    cpu: 'a CPU',
    cores: 2,
    summary: '',
    together: false,
    rows: names.flatMap(rowsOf),
    recovery: [],
    faults: [],
  };
}

const names = scenarios.map(({ name }) => name);
const everything = resultsOf(...names);

describe('the tables of the README', () => {
  const text = withTables(README, everything);

  test('have a line for each scenario, with the ratios and the CPU time of each process', () => {
    expect(text).not.toContain('old');
    expect(text).toContain('Between.');
    expect(text).toContain('Medians of 2 runs (memory: 2); Node 20.20, Redis 7.0, BullMQ 6.7.0');
    const cells = '10.0 | 20.0 | 2.00 (2.00 … 2.00) | 0.3 + 10 + 1,234 | 0.3 + 20 + 1,234';
    expect(text).toContain(`| parallel 10 × 1,000, parts/s | ${cells} |  |`);
    expect(text).toContain(`| serial 50 × 20, steps/s | ${cells} | step job 40.0 (0.50) |`);
    expect(text).toContain(
      `| plain jobs, concurrency 200, jobs/s | ${cells} | bee-queue 40.0 (0.50) |`,
    );
  });

  test('have the memory of each shape and side in a line', () => {
    const raw = Array(4).fill('10.0 (2.00)').join(' | ');
    expect(text).toContain(`| parallel 1 × 10,000 | raw BullMQ | ${raw} |`);
    expect(text).toContain('| serial 50 × 20 | Drover | 20.0 | 20.0 | 20.0 | 20.0 |');
    expect(text).toContain('| serial 50 × 20 | step job | 40.0 (0.50) |');
  });

  test('are the same when they are written again, and leave recovery where it is not measured', () => {
    expect(text).toContain('as it was');
    expect(withTables(text, everything)).toBe(text);
    const recovery = [{ ending: 'SIGKILL, sibling', contender: 'Drover, death 2 s' }].map(
      (one) => ({ ...one, measured: [7], median: 7, max: 7 }),
    ) as Results['recovery'];
    const written = withTables(README, { ...everything, recovery });
    expect(written).not.toContain('as it was');
    expect(written).toContain('| SIGKILL, a sibling takes over |  |  |  | 7 (7) |');
  });

  test('are refused of results that lack scenarios; the message has the command for these', () => {
    const partial = resultsOf(...names.filter((name) => !name.startsWith('serial')));
    expect(() => withTables(README, partial)).toThrow(
      'npm run bench -- --add --only serial/1x1000,serial/50x20',
    );
  });

  test('are refused of a producer and worker in one process, and for a README without a place', () => {
    expect(() => withTables(README, { ...everything, together: true })).toThrow(
      'separate processes',
    );
    expect(() => withTables('# A page', everything)).toThrow('<!-- bench: speed -->');
  });

  test('have their places in README.md', () => {
    const page = readFileSync(join(root, 'README.md'), 'utf8');
    expect(withTables(page, everything)).toContain('| serial 50 × 20 | step job |');
  });
});

describe('the console', () => {
  test('has a line for each side, with its targets', () => {
    const [row] = rowsOf('serial/50x20');
    expect(lines(row as Row).replaceAll(/ +/g, ' ')).toBe(
      [
        'serial 50 × 20, steps/s',
        ' raw BullMQ 10.0 2.00 (2.00 … 2.00) 0.3 10 1,234 ≥ 4 ✗ ≥ 6 ✗',
        ' Drover 20.0 0.3 20 1,234',
        ' step job 40.0 0.50 (0.50 … 0.50) 0.3 40 1,234 ≥ 1 ✗',
      ].join('\n'),
    );
  });

  test('tells a target that is reached', () => {
    const [plain] = rowsOf('plain/1');
    expect(lines(plain as Row)).toContain('≥ 0.95 ✓  ≥ 1 ✓');
    const [p50] = rowsOf('latency');
    expect(lines(p50 as Row)).toContain('≤ 1.15 ✗');
  });
});

describe('--add', () => {
  test('replaces what was measured again, keeps the rest, and keeps the order', () => {
    const old = resultsOf('plain/1', 'serial/50x20');
    const news = resultsOf('serial/50x20', 'put');
    const added = addTo(old, news, names);
    expect(added.rows.map(({ scenario }) => scenario)).toEqual(['plain/1', 'put', 'serial/50x20']);
    expect(added.rows[0]).toBe(old.rows[0]);
    expect(added.rows[2]).toBe(news.rows[0]);
  });

  test.each([
    ['another version', { bullmq: '6.8.0' }, 'bullmq is 6.8.0'],
    ['another machine', { cores: 64 }, 'cores is 64'],
    ['one process', { together: true }, 'together is true'],
  ])('is refused for results of %s', (_, change, message) => {
    expect(() => checkAddable(everything, { ...everything, ...change })).toThrow(message);
    expect(() => checkAddable(everything, { ...everything, date: 'later' })).not.toThrow();
  });

  test('the file comes back as it was written; a missing or foreign one is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drover-bench-'));
    cleanUpLater(() => rm(folder, { recursive: true }));
    const file = join(folder, 'results.json');
    expect(() => readResults(file)).toThrow(`there is no ${file}: \`npm run bench\``);
    writeResults(file, everything);
    expect(readResults(file)).toEqual(everything);
    await writeFile(file, JSON.stringify({ rows: [{ raw: 1, drover: 2 }] }));
    expect(() => readResults(file)).toThrow('measure anew');
  });
});
