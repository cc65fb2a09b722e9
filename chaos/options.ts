// The options of `npm run chaos`.
import { parseArgs } from 'node:util';

export interface Options {
  seed: number;
  /** How many seeds. */
  seeds: number;
  /** How many of them side by side. */
  atOnce: number;
  seconds: number;
  dispatchers: number;
  jobs: number;
  /** BullMQ's own Worker and FlowProducer instead of Drover. */
  stock: boolean;
  /** Keeps what a run has written down, also where nothing is wrong. */
  keep: boolean;
}

export const USAGE = `npm run chaos -- [--seed N] [--seeds K] [--at-once N] [--seconds S] [--dispatchers D] [--jobs J] [--stock] [--keep]

  --seed N         the first seed, by which everything is chosen (default 1)
  --seeds K        how many seeds are run (default 1)
  --at-once N      how many of them side by side (default 1)
  --seconds S      how long things go wrong for each (default 20)
  --dispatchers D  worker processes (default 4)
  --jobs J         jobs and composites that are put (default 20 for each second; with --stock 50)
  --stock          the same on BullMQ's own Worker and FlowProducer, with locks of 2 s: the checker must find something
  --keep           keep what the processes have written down`;

export class UsageError extends Error {}

export function parseOptions(argv: readonly string[]): Options | 'help' {
  const number = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        seed: number,
        seeds: number,
        'at-once': number,
        seconds: number,
        dispatchers: number,
        jobs: number,
        stock: flag,
        keep: flag,
        help: flag,
      },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help) return 'help';
  const whole = (
    name: 'seed' | 'seeds' | 'at-once' | 'seconds' | 'dispatchers' | 'jobs',
    fallback: number,
  ): number => {
    const given = values[name] === undefined ? fallback : Number(values[name]);
    if (Number.isInteger(given) && given >= (name === 'seed' ? 0 : 1)) return given;
    throw new UsageError(`--${name} must be a whole number, not ${values[name]}`);
  };
  const seconds = whole('seconds', 20);
  return {
    seed: whole('seed', 1),
    seeds: whole('seeds', 1),
    atOnce: whole('at-once', 1),
    seconds,
    dispatchers: whole('dispatchers', 4),
    jobs: whole('jobs', (values.stock ? 50 : 20) * seconds),
    stock: values.stock,
    keep: values.keep,
  };
}
