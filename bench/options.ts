// The command line of the benchmark.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Plan } from './compare.js';
import { scenarios } from './scenarios/index.js';

export interface Options {
  /** The scenarios to run, or families of them; empty for all. */
  only: string[];
  plan: Plan;
  /** Leaves out recovery and faults. */
  isShort: boolean;
  /** Scenarios that are not measured now stay in the file of the results. */
  add: boolean;
  /** Measures nothing: the tables of README.md are written from the file of the results. */
  readme: boolean;
  /** Where the results are written. */
  json: string;
  /** Where Redis is. */
  url: string;
}

/** The command line is wrong: the message says how. */
export class UsageError extends Error {}

/** These have tables of their own. They take minutes, and are left out with --quick. */
export const RECOVERY = 'recovery';
export const FAULTS = 'faults';

/** V8 goes on compiling for tens of thousands of jobs. A pod has that behind it. */
const WARM_UP_JOBS = 40_000;
const FULL = { runs: 5, warmUpJobs: WARM_UP_JOBS, coldRuns: 3 };
const QUICK = { runs: 3, warmUpJobs: WARM_UP_JOBS, coldRuns: 1 };

/** @throws UsageError for anything that it does not know. */
export function parseOptions(args: string[]): Options | 'help' {
  const {
    only = [],
    runs,
    'warm-up': warmUp,
    quick,
    together,
    add,
    readme,
    json,
    help,
  } = parse(args);
  if (help) return 'help';
  const isShort = quick || together;
  const names = allNames(isShort);
  const chosen = only.flatMap((list) => list.split(','));
  for (const one of chosen) {
    if (!names.some((name) => isChosen(name, [one]))) {
      throw new UsageError(`there is no scenario ${one}; there are ${names.join(', ')}`);
    }
  }
  const usual = quick ? QUICK : FULL;
  const count = runs === undefined ? usual.runs : Number(runs);
  if (!Number.isInteger(count) || count < 1)
    throw new UsageError('--runs takes a whole number, from 1');
  const warmUpJobs = warmUp === undefined ? usual.warmUpJobs : Number(warmUp);
  if (!Number.isInteger(warmUpJobs) || warmUpJobs < 0)
    throw new UsageError('--warm-up takes a whole number, from 0');
  if (readme && together)
    throw new UsageError('--readme writes the tables of separate processes: leave --together out');
  return {
    only: chosen,
    plan: {
      ...usual,
      warmUpJobs,
      runs: count,
      coldRuns: Math.min(count, usual.coldRuns),
      together,
    },
    isShort,
    add,
    readme,
    json: json ?? fileOf(together ? 'results-together.json' : 'results.json'),
    url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
  };
}

/** Whether a scenario is one of `only`, which may name families, such as `plain` of plain/10. */
export function isChosen(name: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((one) => name === one || name.startsWith(`${one}/`));
}

function allNames(isShort: boolean): string[] {
  return [...scenarios.map(({ name }) => name), ...(isShort ? [] : [RECOVERY, FAULTS])];
}

export function usage(): string {
  return `npm run bench -- [options]

Each side has a producer process and a worker process. Without options it takes about
thirteen minutes on two cores, three of them for recovery and five for faults.

  --only NAMES  the scenarios to measure, with commas between, or what stands before their /:
${namesInLines('                ')}
  --quick       ${QUICK.runs} runs of each side, memory ${QUICK.coldRuns}, without recovery and faults: about three minutes
  --runs N      measurements of each side that count (default ${FULL.runs}, after the warm-up;
                memory: at most ${FULL.coldRuns}, with fresh processes each)
  --warm-up N   jobs of each side before them (default ${FULL.warmUpJobs})
  --together    producer and worker in one process, without recovery and faults
  --json FILE   where the results are written (default bench/results.json, with --together
                bench/results-together.json)
  --add         scenarios that are in FILE already and are not measured now stay there
  --readme      measures nothing: writes the tables of README.md from FILE`;
}

/** Lines of at most 100 columns. */
function namesInLines(indent: string): string {
  const lines = [indent];
  for (const name of allNames(false)) {
    const line = lines.at(-1) as string;
    const longer = line === indent ? `${line}${name}` : `${line}, ${name}`;
    if (longer.length < 100) lines[lines.length - 1] = longer;
    else lines.push(`${indent}${name}`);
  }
  return lines.join(',\n');
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: 'string', multiple: true },
        runs: { type: 'string' },
        'warm-up': { type: 'string' },
        quick: { type: 'boolean', default: false },
        together: { type: 'boolean', default: false },
        json: { type: 'string' },
        add: { type: 'boolean', default: false },
        readme: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
