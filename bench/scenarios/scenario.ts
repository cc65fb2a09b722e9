// What a scenario is: how one side is measured once, and what its numbers mean.
import type { BenchRedis } from '../redis.js';
import type { Session, Side } from '../sides/side.js';
import type { Lap } from '../stopwatch.js';
import { Workload } from '../workload.js';

/** One number that a measurement gives. */
export interface Metric {
  name: string;
  unit: string;
  better: 'higher' | 'lower';
  /** What drover/raw must reach, from SPEC 4: first, and in the end. */
  targets: number[];
}

export interface Scenario {
  name: string;
  metrics: Metric[];
  /** For numbers that hardly vary: so many runs at most. */
  maxRuns?: number;
  measure(place: Place): Promise<Measured>;
}

export interface Measured {
  /** One for each metric. */
  values: number[];
  /** CPU microseconds per job, of this process and of Redis, where it was measured. */
  cpu?: number;
}

/** Where one measurement is made. */
export interface Place {
  side: Side;
  redis: BenchRedis;
  /** Fresh; all keys below it are deleted afterwards. */
  prefix: string;
}

/** How fast so many jobs went in a lap. */
export function throughput(jobs: number, { seconds, cpu }: Lap): Measured {
  return { values: [jobs / seconds], cpu: (cpu / jobs) * 1e6 };
}

/** A measurement that takes longer has lost a job. */
const DEADLINE = 60_000;

/** Opens the side for a workload, and checks when `use` is done that each of its jobs ran exactly once. */
export async function withSession<T>(
  { side, redis: { url }, prefix }: Place,
  jobs: number,
  use: (session: Session, workload: Workload) => Promise<T>,
): Promise<T> {
  const workload = new Workload(jobs);
  const session = side.open({ url, prefix, workload });
  const result = await inTime(use(session, workload), `${side.name}: ${jobs} jobs have not ended`);
  await inTime(session.close(), `${side.name} has not closed`);
  workload.check();
  return result;
}

async function inTime<T>(promise: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} after ${DEADLINE} ms`)), DEADLINE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
