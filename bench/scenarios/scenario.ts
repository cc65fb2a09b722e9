// A scenario says how one side is measured, and what its numbers mean.
import { Pair, type Cpu, type Lap, type Place } from '../pair.js';

/** One number that a measurement gives. */
export interface Metric {
  name: string;
  unit: string;
  better: 'higher' | 'lower';
  /** The ratio drover/raw that SPEC 4 asks for: first, and in the end. */
  targets: number[];
}

export interface Scenario {
  name: string;
  metrics: Metric[];
  /** For numbers that hardly vary: so many runs at most. */
  maxRuns?: number;
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

/** Measures with a producer process and a worker process that takes so many jobs at a time. */
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

export function perJob(jobs: number, { cpu }: Lap): Cpu {
  const micros = (seconds: number): number => (seconds / jobs) * 1e6;
  return { worker: micros(cpu.worker), producer: micros(cpu.producer), redis: micros(cpu.redis) };
}
