// Measures both sides in turns, so that whatever drifts meanwhile meets both alike: raw, drover, drover, raw, …
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { BenchRedis } from './redis.js';
import type { Measured, Metric, Scenario } from './scenarios/scenario.js';
import { drover } from './sides/drover.js';
import { raw } from './sides/raw.js';
import type { Side, SideName } from './sides/side.js';
import { median } from './statistics.js';

/** One line of the result: a metric of both sides. */
export interface Row extends Metric {
  scenario: string;
  /** Every measurement, in the order in which they were made; those with the same index were made next to each other. */
  measured: Record<SideName, number[]>;
  raw: number;
  drover: number;
  /** Drover's median divided by raw's. */
  ratio: number;
  /** The least and the greatest ratio of two measurements made next to each other. */
  ratioMin: number;
  ratioMax: number;
  /** Medians of CPU microseconds per job, of this process and of Redis; missing where they were not measured. */
  cpu: Partial<Record<SideName, number>>;
}

/** One side's garbage is not collected at the other's expense. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export async function compare(scenario: Scenario, redis: BenchRedis, runs: number): Promise<Row[]> {
  const measured: Record<SideName, Measured[]> = { raw: [], drover: [] };
  for (const side of [raw, drover]) await measureOnce(scenario, side, redis);
  for (let run = 0; run < Math.min(runs, scenario.maxRuns ?? runs); run++) {
    for (const side of run % 2 === 0 ? [raw, drover] : [drover, raw]) {
      measured[side.name].push(await measureOnce(scenario, side, redis));
    }
  }
  const cpu = { raw: cpuOf(measured.raw), drover: cpuOf(measured.drover) };
  return scenario.metrics.map((metric, i) => {
    const of = (side: SideName): number[] => measured[side].map(({ values }) => values[i] as number);
    return { ...toRow(scenario, metric, { raw: of('raw'), drover: of('drover') }), cpu };
  });
}

async function measureOnce(scenario: Scenario, side: Side, redis: BenchRedis): Promise<Measured> {
  const prefix = redis.freshPrefix();
  collectGarbage();
  try {
    return await scenario.measure({ side, redis, prefix });
  } finally {
    await redis.deleteKeys(`${prefix}:`);
  }
}

function cpuOf(measured: Measured[]): number | undefined {
  const known = measured.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
  return known.length > 0 ? median(known) : undefined;
}

function toRow({ name }: Scenario, metric: Metric, measured: Row['measured']): Omit<Row, 'cpu'> {
  const ratios = measured.drover.map((value, i) => value / (measured.raw[i] as number));
  const medians = { raw: median(measured.raw), drover: median(measured.drover) };
  return {
    scenario: name,
    ...metric,
    measured,
    ...medians,
    ratio: medians.drover / medians.raw,
    ratioMin: Math.min(...ratios),
    ratioMax: Math.max(...ratios),
  };
}
