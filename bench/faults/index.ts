// `npm run bench -- --only faults`: how long each kind of fault costs, for the table of
// docs/RELIABILITY.md.
import type { BenchRedis } from '../redis.js';
import { median } from '../statistics.js';
import { deaths } from './deaths.js';
import { writes } from './writes.js';

export interface FaultTime {
  name: string;
  measured: number[];
  median: number;
  max: number;
}

const WIDTH = 66;

export async function measureFaults(redis: BenchRedis, runs: number): Promise<FaultTime[]> {
  const times: FaultTime[] = [];
  for (const { name, measure } of [...writes, ...deaths]) {
    const measured = [];
    for (let run = 0; run < runs; run++) {
      const prefix = redis.freshPrefix();
      measured.push(await measure(redis.url, prefix));
      await redis.deleteKeys(`${prefix}:`);
    }
    times.push({ name, measured, median: median(measured), max: Math.max(...measured) });
  }
  return times;
}

export function faultTable(times: readonly FaultTime[]): string {
  const lines = times.map(
    ({ name, median, max }) => `${name.padEnd(WIDTH)}${rounded(median)} (${rounded(max)})`,
  );
  return [
    `${'ms, Drover with deathInterval 2,000 and pingInterval 500'.padEnd(WIDTH)}median (longest)`,
    ...lines,
  ].join('\n');
}

function rounded(ms: number): string {
  return Math.round(ms).toLocaleString('en');
}
