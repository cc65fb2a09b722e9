// The command line of the benchmark.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WARM_UPS } from './compare.js';
import { scenarios } from './scenarios/index.js';

export interface Options {
  /** The scenarios to run, or families of them; empty for all. */
  only: string[];
  /** Measurements of each side, after the warm-ups. */
  runs: number;
  /** Fewer jobs and runs: says whether it works, not how fast it is. */
  quick: boolean;
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

const RUNS = 5;
const QUICK_RUNS = 1;
const RESULTS = fileURLToPath(new URL('../results.json', import.meta.url));

/** @throws UsageError for anything that it does not know. */
export function parseOptions(args: string[]): Options | 'help' {
  const { only = [], runs, quick, json, help } = parse(args);
  if (help) return 'help';
  const names = allNames(quick);
  const chosen = only.flatMap((list) => list.split(','));
  for (const one of chosen) {
    if (!names.some((name) => isChosen(name, [one]))) {
      throw new UsageError(`there is no scenario ${one}; there are ${names.join(', ')}`);
    }
  }
  const count = runs === undefined ? (quick ? QUICK_RUNS : RUNS) : Number(runs);
  if (!Number.isInteger(count) || count < 1)
    throw new UsageError('--runs takes a whole number, from 1');
  return {
    only: chosen,
    runs: count,
    quick,
    json,
    url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
  };
}

/** Whether a scenario is one of `only`, which may name families, such as `plain` of plain/10. */
export function isChosen(name: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((one) => name === one || name.startsWith(`${one}/`));
}

function allNames(quick: boolean): string[] {
  return [...scenarios(quick).map(({ name }) => name), ...(quick ? [] : [RECOVERY, FAULTS])];
}

export function usage(): string {
  return `npm run bench -- [options]

  --only NAMES   scenarios, or what stands before their /, with commas between: ${allNames(false).join(', ')}
  --runs N       measurements of each side, after ${WARM_UPS} warm-ups (default ${RUNS}; ${QUICK_RUNS} with --quick)
  --quick        fewer jobs and runs
  --json FILE    where the results are written (default bench/results.json)`;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: 'string', multiple: true },
        runs: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'string', default: RESULTS },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
