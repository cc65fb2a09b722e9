// The command line of `npm run bench`.
import { basename } from 'node:path';
import { parseOptions, usage, UsageError, type Options } from '../../options.js';

const options = (...args: string[]): Options => parseOptions(args) as Options;

test('without options: five runs of separate processes, everything, in bench/results.json', () => {
  const { only, plan, isShort, add, readme, json } = options();
  expect({ only, plan, isShort, add, readme }).toEqual({
    only: [],
    plan: { runs: 5, warmUpJobs: 40_000, coldRuns: 3, together: false },
    isShort: false,
    add: false,
    readme: false,
  });
  expect(basename(json)).toBe('results.json');
});

test('--together measures one process, and never writes into the results of separate ones', () => {
  const { plan, json, isShort } = options('--together');
  expect(plan.together).toBe(true);
  expect(isShort).toBe(true);
  expect(basename(json)).toBe('results-together.json');
  expect(options('--together', '--json', 'mine.json').json).toBe('mine.json');
});

test('--quick has fewer runs; --runs says how many, also then', () => {
  expect(options('--quick').plan).toMatchObject({ runs: 3, warmUpJobs: 40_000, coldRuns: 1 });
  expect(options('--runs', '2').plan).toMatchObject({ runs: 2, warmUpJobs: 40_000, coldRuns: 2 });
  expect(options('--quick', '--runs', '9').plan).toMatchObject({ runs: 9, coldRuns: 1 });
});

test('--only takes scenarios and families, with commas or more than once', () => {
  expect(options('--only', 'serial,memory/serial', '--only', 'plain/10').only).toEqual([
    'serial',
    'memory/serial',
    'plain/10',
  ]);
});

test.each([
  [['--only', 'nothing'], 'there is no scenario nothing; there are plain/1, plain/10'],
  [['--only', 'serial/1x100'], 'there is no scenario serial/1x100'],
  [['--only', 'paralle'], 'there is no scenario paralle;'],
  [['--only', 'recovery', '--quick'], 'there is no scenario recovery'],
  [['--only', 'faults', '--together'], 'there is no scenario faults'],
  [['--runs', '0'], '--runs takes a whole number, from 1'],
  [['--runs', '2.5'], '--runs takes a whole number, from 1'],
  [['--runs', 'many'], '--runs takes a whole number, from 1'],
  [['--readme', '--together'], 'separate processes'],
  [['--fast'], '--fast'],
  [['plain'], 'plain'],
])('says what is wrong with %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});

test('--help names each option and each scenario, in lines of at most 100 columns', () => {
  expect(parseOptions(['--help'])).toBe('help');
  const text = usage();
  for (const name of ['only', 'runs', 'quick', 'together', 'json', 'add', 'readme'])
    expect(text).toContain(`  --${name} `);
  for (const name of ['plain/200', 'parallel/1x10000', 'serial/50x20', 'memory/serial/1x1000'])
    expect(text).toContain(name);
  expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
});
