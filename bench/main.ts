// `npm run bench`: raw BullMQ and Drover measured in one run, in turns; a table, and the same as
// JSON.
import { writeFileSync } from 'node:fs';
import { compare, WARM_UPS } from './compare.js';
import { environment } from './environment.js';
import { faultTable, measureFaults, type FaultTime } from './faults/index.js';
import {
  FAULTS,
  isChosen,
  parseOptions,
  RECOVERY,
  usage,
  UsageError,
  type Options,
} from './options.js';
import { measureRecovery, recoveryTable, type Recovery } from './recovery/index.js';
import { BenchRedis } from './redis.js';
import { header, line, NOTES } from './report.js';
import { scenarios } from './scenarios/index.js';

/** Somebody stopped it: what fails from then on is no news. */
let isStopped = false;

async function main({ only, runs, quick, json, url }: Options): Promise<void> {
  const redis = new BenchRedis(url);
  const stop = (): void => {
    isStopped = true;
    void redis.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const startedAt = performance.now();
  const about = await environment(redis);
  console.log(`${about.summary}; ${runs} runs each after ${WARM_UPS} warm-ups, medians\n`);
  const chosen = scenarios(quick).filter(({ name }) => isChosen(name, only));
  const rows = [];
  let recovery: Recovery[] = [];
  let faults: FaultTime[] = [];
  try {
    if (chosen.length > 0) console.log(header());
    for (const scenario of chosen) {
      for (const row of await compare(scenario, redis, runs)) {
        rows.push(row);
        console.log(line(row));
      }
    }
    if (chosen.length > 0) console.log(`\n${NOTES}\n`);
    if (!quick && isChosen(RECOVERY, only)) {
      recovery = await measureRecovery(redis, runs);
      console.log(`${recoveryTable(recovery)}\n`);
    }
    if (!quick && isChosen(FAULTS, only)) {
      faults = await measureFaults(redis, runs);
      console.log(`${faultTable(faults)}\n`);
    }
  } finally {
    await redis.close();
  }
  writeFileSync(
    json,
    `${JSON.stringify({ ...about, runs, quick, rows, recovery, faults }, undefined, 2)}\n`,
  );
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`${seconds} s in all; written to ${json}`);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage());
  else await main(options);
} catch (error) {
  if (!isStopped) console.error(error instanceof UsageError ? `bench: ${error.message}` : error);
  // A failure may have left connections that would keep the process alive.
  process.exit(isStopped ? 130 : 1);
}
