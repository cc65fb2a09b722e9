// `npm run bench`: raw BullMQ, Drover and others measured in one run, in turns; a table, and the
// same as JSON.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compare } from './compare.js';
import { environment } from './environment.js';
import { faultTable, measureFaults } from './faults/index.js';
import {
  FAULTS,
  isChosen,
  parseOptions,
  RECOVERY,
  usage,
  UsageError,
  type Options,
} from './options.js';
import { withTables } from './readme.js';
import { measureRecovery, recoveryTable } from './recovery/index.js';
import { BenchRedis } from './redis.js';
import { header, lines, NOTES } from './report.js';
import { addTo, checkAddable, readResults, writeResults, type Results } from './results.js';
import { scenarios } from './scenarios/index.js';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

/** Somebody stopped it: what fails from then on is no news. */
let isStopped = false;

async function main(options: Options): Promise<void> {
  const { json, add } = options;
  const old = add && existsSync(json) ? readResults(json) : undefined;
  const redis = new BenchRedis(options.url);
  const stop = (): void => {
    isStopped = true;
    void redis.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const startedAt = performance.now();
  let results: Results;
  try {
    results = await measure(options, redis, old);
  } finally {
    await redis.close();
  }
  const names = scenarios.map(({ name }) => name);
  writeResults(json, old ? addTo(old, results, names) : results);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`${seconds} s in all; written to ${json}`);
}

/** @throws UsageError before minutes are spent, if the old results are of something else */
async function measure(
  { only, plan, isShort }: Options,
  redis: BenchRedis,
  old: Results | undefined,
): Promise<Results> {
  const about = await environment(redis);
  if (old) checkAddable(old, { ...about, together: plan.together });
  const where = plan.together ? 'producer and worker in one process' : 'separate processes';
  console.log(`${about.summary}; ${where}; medians of ${plan.runs}\n`);
  const { together } = plan;
  const results: Results = { ...about, together, rows: [], recovery: [], faults: [] };
  const chosen = scenarios.filter(({ name }) => isChosen(name, only));
  if (chosen.length > 0) console.log(header());
  for (const scenario of chosen) {
    for (const row of await compare(scenario, redis, plan)) {
      results.rows.push(row);
      console.log(lines(row));
    }
  }
  if (chosen.length > 0) console.log(`\n${NOTES}\n`);
  if (!isShort && isChosen(RECOVERY, only)) {
    results.recovery = await measureRecovery(redis, plan.runs);
    console.log(`${recoveryTable(results.recovery)}\n`);
  }
  if (!isShort && isChosen(FAULTS, only)) {
    results.faults = await measureFaults(redis, plan.runs);
    console.log(`${faultTable(results.faults)}\n`);
  }
  return results;
}

function writeReadme({ json }: Options): void {
  const results = readResults(json);
  writeFileSync(README, withTables(readFileSync(README, 'utf8'), results));
  console.log(`README.md has the tables of ${json}, measured on ${results.date}`);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage());
  else if (options.readme) writeReadme(options);
  else await main(options);
} catch (error) {
  if (!isStopped) console.error(error instanceof UsageError ? `bench: ${error.message}` : error);
  // A failure may have left connections that would keep the process alive.
  process.exit(isStopped ? 130 : 1);
}
