// The measurements as rows to compare: medians, ratios, and CPU time.
import type { Cpu } from './pair.js';
import type { Measured, Metric, Scenario } from './scenarios/scenario.js';
import type { SideName } from './sides/side.js';
import { median } from './statistics.js';

/** Drover's number divided by that of another side. */
export interface Ratio {
  /** Of the medians. */
  median: number;
  /** The least and the greatest of two measurements made next to each other. */
  min: number;
  max: number;
}

/** One metric of one side. */
export interface Numbers {
  /**
   * Every measurement, in the order in which they were made; those of all sides with the same index
   * were made next to each other.
   */
  measured: number[];
  median: number;
  /** Medians of CPU microseconds per job. */
  cpu?: Cpu;
  /** Missing for Drover itself. */
  ratio?: Ratio;
}

/** One line of the result: a metric of all sides. */
export interface Row extends Metric {
  scenario: string;
  sides: Partial<Record<SideName, Numbers>>;
}

/** The CPU time of a scenario with several metrics stands with the first of them. */
export function toRows(
  { name: scenario, metrics }: Pick<Scenario, 'name' | 'metrics'>,
  measured: ReadonlyMap<SideName, readonly Measured[]>,
): Row[] {
  return metrics.map((metric, i) => {
    const valuesOf = (side: SideName): number[] =>
      (measured.get(side) ?? []).map(({ values }) => values[i] as number);
    const drover = valuesOf('drover');
    const sides: Row['sides'] = {};
    for (const [side, ofSide] of measured) {
      const values = valuesOf(side);
      const cpu = i === 0 ? medianCpu(ofSide) : undefined;
      sides[side] = {
        measured: values,
        median: median(values),
        ...(cpu && { cpu }),
        ...(side !== 'drover' && { ratio: ratioOf(drover, values) }),
      };
    }
    return { scenario, ...metric, sides };
  });
}

function ratioOf(drover: readonly number[], other: readonly number[]): Ratio {
  const ratios = drover.map((value, i) => value / (other[i] as number));
  return {
    median: median(drover) / median(other),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
  };
}

function medianCpu(measured: readonly Measured[]): Cpu | undefined {
  const known = measured.flatMap(({ cpu }) => cpu ?? []);
  const of = (who: keyof Cpu): number[] => known.flatMap((cpu) => cpu[who] ?? []);
  const [worker, redis, producer] = [of('worker'), of('redis'), of('producer')];
  if (worker.length === 0) return undefined;
  return {
    ...(producer.length > 0 && { producer: median(producer) }),
    worker: median(worker),
    redis: median(redis),
  };
}
