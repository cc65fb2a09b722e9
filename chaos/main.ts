// `npm run chaos`: real processes, everything that can go wrong, and a checker that proves that
// nothing was lost or doubled.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOptions, UsageError, USAGE, type Options } from './options.js';
import { forget, runSeed, type Outcome } from './run.js';

const SHOWN = 30;

async function main(options: Options): Promise<boolean> {
  const sum: Record<string, number> = {};
  let isRight = true;
  let next = options.seed;
  const some = async (): Promise<void> => {
    while (next < options.seed + options.seeds) {
      const outcome = await one({ ...options, seed: next++ });
      for (const [name, count] of Object.entries(outcome.figures))
        sum[name] = (sum[name] ?? 0) + count;
      isRight &&= outcome.violations.length === 0;
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, some));
  console.log(`all: ${inWords({ seeds: options.seeds, seconds: options.seconds, ...sum })}`);
  return isRight;
}

async function one(options: Options): Promise<Outcome> {
  const startedAt = performance.now();
  const outcome = await runSeed(options);
  const { violations, figures, folder, left } = outcome;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(
    `seed ${options.seed}: ${violations.length} violations, ${seconds} s, ${inWords(figures)}`,
  );
  if (violations.length > 0) {
    report(outcome, options);
    keepFacts(outcome);
  } else if (options.keep) console.log(`  ${folder}`);
  else forget(folder);
  if (options.seeds === 1 && left.length > 0)
    console.log(`left in Redis: ${[...new Set(left)].join(' ')}`);
  return outcome;
}

function inWords(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/**
 * Each job with all that is known of it: to be looked through beside what the processes wrote down.
 */
function keepFacts({ facts, folder }: Outcome): void {
  writeFileSync(
    join(folder, 'facts.json'),
    JSON.stringify(Object.fromEntries(facts.jobs), undefined, 1),
  );
}

function report({ violations, facts, folder }: Outcome, options: Options): void {
  const { seed, seconds, dispatchers, jobs, stock } = options;
  for (const { rule, job, what } of violations.slice(0, SHOWN)) {
    console.log(`  ${rule}: ${job ?? ''} ${what}`);
  }
  if (violations.length > SHOWN) console.log(`  … and ${violations.length - SHOWN} more`);
  for (const job of new Set(violations.slice(0, 5).map((violation) => violation.job))) {
    if (job !== undefined) console.log(JSON.stringify(facts.of(job), undefined, 1));
  }
  console.log(`  all that was written down: ${folder}`);
  console.log(
    `  again: npm run chaos -- --seed ${seed} --seconds ${seconds} --dispatchers ${dispatchers} --jobs ${jobs}${stock ? ' --stock' : ''}`,
  );
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else process.exitCode = (await main(options)) ? 0 : 1;
} catch (error) {
  console.error(error instanceof UsageError ? `chaos: ${error.message}\n\n${USAGE}` : error);
  process.exitCode = 2;
}
