// Measures both sides in turns, so that whatever drifts meanwhile meets both alike: raw, drover,
// drover, raw, …
import type { Cpu } from './pair.js';
import type { BenchRedis } from './redis.js';
import type { Measured, Metric, Scenario, Station } from './scenarios/scenario.js';
import { sideNames, type SideName } from './sides/side.js';
import { median } from './statistics.js';

/** One line of the result: a metric of both sides. */
export interface Row extends Metric {
  scenario: string;
  /**
   * Every measurement, in the order in which they were made; those with the same index were made
   * next to each other.
   */
  measured: Record<SideName, number[]>;
  raw: number;
  drover: number;
  /** Drover's median divided by raw's. */
  ratio: number;
  /** The least and the greatest ratio of two measurements made next to each other. */
  ratioMin: number;
  ratioMax: number;
  /** Medians of CPU microseconds per job; missing where they were not measured. */
  cpu: Partial<Record<SideName, Cpu>>;
}

/**
 * V8 goes on compiling for the first ten thousand jobs of each process: a pod has that behind it.
 */
export const WARM_UPS = 3;

export async function compare(scenario: Scenario, redis: BenchRedis, runs: number): Promise<Row[]> {
  const most = scenario.maxRuns ?? Infinity;
  const warmUps = Math.min(WARM_UPS, most);
  const measured = await measureInTurns(scenario, redis, warmUps + Math.min(runs, most));
  for (const side of sideNames) measured[side].splice(0, warmUps);
  const cpu = { raw: cpuOf(measured.raw), drover: cpuOf(measured.drover) };
  return scenario.metrics.map((metric, i) => {
    const of = (side: SideName): number[] =>
      measured[side].map(({ values }) => values[i] as number);
    return { ...toRow(scenario, metric, { raw: of('raw'), drover: of('drover') }), cpu };
  });
}

/** Both sides' processes live from the first turn to the last. */
async function measureInTurns(
  scenario: Scenario,
  redis: BenchRedis,
  turns: number,
): Promise<Record<SideName, Measured[]>> {
  const prefix = redis.freshPrefix();
  const measured: Record<SideName, Measured[]> = { raw: [], drover: [] };
  const stations: Station[] = [];
  let hasFailed = true;
  try {
    const start = async (side: SideName): Promise<Station> => {
      const station = await scenario.start({ side, redis, prefix: `${prefix}:${side}` });
      stations.push(station);
      return station;
    };
    const bySide = { raw: await start('raw'), drover: await start('drover') };
    for (let turn = 0; turn < turns; turn++) {
      for (const side of turn % 2 === 0 ? sideNames : sideNames.toReversed()) {
        measured[side].push(await bySide[side].measure());
      }
    }
    hasFailed = false;
    return measured;
  } finally {
    await Promise.all(stations.map((station) => station.end(hasFailed)));
    await redis.deleteKeys(`${prefix}:`);
  }
}

function cpuOf(measured: Measured[]): Cpu | undefined {
  const known = measured.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
  if (known.length === 0) return undefined;
  const of = (who: keyof Cpu): number => median(known.map((cpu) => cpu[who]));
  return { worker: of('worker'), producer: of('producer'), redis: of('redis') };
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
