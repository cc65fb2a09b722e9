// A scenario says how one side is measured, and what its numbers mean.
import { Pair, type Cpu, type Lap, type Place } from '../pair.js';
import type { SideName } from '../sides/side.js';

/** One number that a measurement gives. */
export interface Metric {
  name: string;
  unit: string;
  better: 'higher' | 'lower';
  /**
   * The targets for Drover's number divided by that of the other side: the first one, and the last.
   * None for a side that is measured to know.
   */
  targets: Partial<Record<SideName, readonly number[]>>;
}

export interface Scenario {
  name: string;
  /** The sides that can do it. Raw BullMQ and Drover are among them. */
  sides: readonly SideName[];
  metrics: Metric[];
  /** Of one measurement. Undefined: each has fresh processes, takes long, and needs no warm-up. */
  jobs?: number;
  /** Starts one side's processes, which live for all measurements of the scenario. */
  start(place: Place): Promise<Station>;
}

/** One side, ready to be measured. */
export interface Station {
  measure(): Promise<Measured>;
  /** @param hasFailed nothing can be expected of the processes any more */
  end(hasFailed: boolean): Promise<void>;
}

export interface Measured {
  /** One for each metric. */
  values: number[];
  /** CPU microseconds per job, where they were measured. */
  cpu?: Cpu;
}

/** Measures a producer and a worker that takes so many jobs at a time. */
export function withPair(
  concurrency: number,
  measure: (pair: Pair) => Promise<Measured>,
): Scenario['start'] {
  return async (place) => {
    const pair = await Pair.start(place, concurrency);
    return {
      measure: () => measure(pair),
      end: (hasFailed) => (hasFailed ? pair.kill() : pair.close()),
    };
  };
}

/** How fast so many jobs went in a lap. */
export function throughput(jobs: number, lap: Lap): Measured {
  return { values: [jobs / lap.seconds], cpu: perJob(jobs, lap) };
}

export function perJob(jobs: number, { cpu: { producer, worker, redis } }: Lap): Cpu {
  const micros = (seconds: number): number => (seconds / jobs) * 1e6;
  return {
    ...(producer !== undefined && { producer: micros(producer) }),
    worker: micros(worker),
    redis: micros(redis),
  };
}
