// The command line: which scenarios, and their sizes.
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios/index.js';
import type { Scenario } from './scenarios/scenario.js';

export interface Options {
  chosen: readonly Scenario[];
  /** By the name of the size; missing: the scenario's own. */
  sizes: Readonly<Record<string, readonly number[]>>;
  /** Small sizes: says whether it works, not how it scales. */
  quick: boolean;
  /** Where the figures are written as JSON. */
  json: string | undefined;
}

/** The command line is wrong: the message says how. */
export class UsageError extends Error {}

/** @throws UsageError for anything that it does not know. */
export function parseOptions(args: string[]): Options | 'help' {
  const { values, positionals } = parse(args);
  const { quick, json, help, ...given } = values as {
    quick: boolean;
    json?: string;
    help: boolean;
  };
  if (help) return 'help';
  const chosen = positionals.length === 0 ? scenarios : positionals.map(scenarioNamed);
  const entries = Object.entries(given as Record<string, string>).map(([name, text]) => {
    if (!chosen.some(({ sizes }) => name in sizes))
      throw new UsageError(`none of these scenarios has --${name}`);
    return [name, numbers(name, text)] as const;
  });
  return { chosen, sizes: Object.fromEntries(entries), quick, json };
}

export function usage(): string {
  const blocks = scenarios.map(({ name, about, sizes }) => {
    const lines = Object.entries(sizes).map(
      ([size, { about: what, full }]) => `    --${size.padEnd(14)} ${what} (${full.join(',')})`,
    );
    return [`  ${name}: ${about}`, ...lines].join('\n');
  });
  return `npm run scale -- [scenario …] [options]

${blocks.join('\n\n')}

  --quick            small sizes
  --json FILE        the figures as JSON, too`;
}

function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((one) => one.name === name);
  if (found) return found;
  throw new UsageError(
    `there is no scenario ${name}; there are ${scenarios.map((one) => one.name).join(', ')}`,
  );
}

function numbers(name: string, text: string): number[] {
  const parsed = text.split(',').map(Number);
  if (parsed.every((one) => Number.isInteger(one) && one > 0)) return parsed;
  throw new UsageError(`--${name} takes whole numbers from 1, with commas between`);
}

function parse(args: string[]) {
  const names = new Set(scenarios.flatMap(({ sizes }) => Object.keys(sizes)));
  const sizes = Object.fromEntries([...names].map((name) => [name, { type: 'string' }] as const));
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...sizes,
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
