// The file of the results: what was measured, where, and with which versions.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Environment } from './environment.js';
import type { FaultTime } from './faults/index.js';
import { UsageError } from './options.js';
import type { Recovery } from './recovery/index.js';
import type { Row } from './rows.js';

export interface Results extends Environment {
  /** Producer and worker were one process. */
  together: boolean;
  rows: Row[];
  recovery: Recovery[];
  faults: FaultTime[];
}

/** Where and how results were measured; those that differ in it cannot be compared. */
type Setting = Environment & Pick<Results, 'together'>;
const SETTING = ['node', 'redis', 'bullmq', 'beeQueue', 'cpu', 'cores', 'together'] as const;

/** @throws UsageError if there is no such file, or it has no results. */
export function readResults(file: string): Results {
  if (!existsSync(file))
    throw new UsageError(`there is no ${file}: \`npm run bench\` measures, and writes it`);
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results;
  // Files of earlier versions have rows of another form.
  if (!Array.isArray(results.rows) || results.rows.some(({ sides }) => sides === undefined))
    throw new UsageError(`${file} has no results of this benchmark: measure anew`);
  return results;
}

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}

/** @throws UsageError if the old results are of another machine or of other versions */
export function checkAddable(old: Results, now: Setting): void {
  for (const key of SETTING) {
    if (old[key] === now[key]) continue;
    const [was, is] = [old[key], now[key]].map(String);
    throw new UsageError(`--add: ${key} is ${is}, and the results in the file are of ${was}`);
  }
}

/** The new results, and old ones that were not measured again, in the order of `names`. */
export function addTo(old: Results, news: Results, names: readonly string[]): Results {
  const measured = new Set(news.rows.map(({ scenario }) => scenario));
  const kept = old.rows.filter(({ scenario }) => !measured.has(scenario));
  const rows = [...kept, ...news.rows];
  return {
    ...news,
    rows: names.flatMap((name) => rows.filter(({ scenario }) => scenario === name)),
    recovery: news.recovery.length > 0 ? news.recovery : old.recovery,
    faults: news.faults.length > 0 ? news.faults : old.faults,
  };
}
