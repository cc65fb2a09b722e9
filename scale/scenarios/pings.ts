// Very many dispatchers: what their pings take of Redis. Each is simulated by a connection that
// sends what a dispatcher sends.
import { percentile } from '#bench/statistics.js';
import { setTimeout as pause } from 'node:timers/promises';
import { startSimulated, type Simulated } from '../simulated.js';
import type { Place, Result, Scenario } from './scenario.js';

/** Percent of a core that the pings of the first so many may take. */
const MOST_PERCENT = 10;

export const pings: Scenario = {
  name: 'pings',
  about:
    'simulated dispatchers ping, each on a connection of its own, by the script that dispatchers use',
  sizes: {
    dispatchers: {
      about: 'how many, one number after another',
      full: [1_000, 5_000],
      quick: [20, 40],
    },
    interval: { about: 'pingInterval in ms', full: [2_000], quick: [100] },
    seconds: { about: 'measured for each number', full: [20], quick: [1] },
  },
  measure,
};

/** The figures of so many dispatchers. */
interface Seen {
  dispatchers: number;
  perSecond: number;
  /** Percent of a core. */
  cpu: number;
  microseconds: number;
  latencies: number[];
  refused: number;
}

async function measure(place: Place): Promise<Result> {
  const seen: Seen[] = [];
  for (const dispatchers of place.sizes('dispatchers')) {
    seen.push(await pingWith(place, dispatchers));
    place.tell(`${dispatchers} dispatchers are measured`);
  }
  const [first, last] = [seen[0] as Seen, seen.at(-1) as Seen];
  const growth = last.microseconds / first.microseconds;
  const refused = seen.reduce((sum, one) => sum + one.refused, 0);
  return {
    tables: [
      {
        title: `Pings each ${place.size('interval')} ms`,
        columns: [
          'dispatchers',
          ...seen.map(({ dispatchers }) => dispatchers.toLocaleString('en')),
        ],
        rows: [
          ['pings per second', ...seen.map(({ perSecond }) => perSecond)],
          ['CPU of Redis, % of a core', ...seen.map(({ cpu }) => cpu)],
          ['CPU of Redis per ping, µs', ...seen.map(({ microseconds }) => microseconds)],
          ['median of the replies, ms', ...seen.map(({ latencies }) => percentile(latencies, 0.5))],
          ['99th percentile, ms', ...seen.map(({ latencies }) => percentile(latencies, 0.99))],
        ],
      },
    ],
    verdicts: [
      {
        target: `${first.dispatchers} dispatchers take less than ${MOST_PERCENT} % of a core of Redis`,
        measured: `${first.cpu.toFixed(1)} %`,
        holds: first.cpu < MOST_PERCENT,
      },
      {
        target: `a ping costs no more among ${last.dispatchers} than among ${first.dispatchers} (1.5 times at most)`,
        measured: `${growth.toFixed(2)} times`,
        holds: growth <= 1.5,
      },
      {
        target: 'nobody is found dead, and no ping is refused',
        measured: `${refused}`,
        holds: refused === 0,
      },
    ],
  };
}

async function pingWith(place: Place, dispatchers: number): Promise<Seen> {
  const [interval, seconds] = [place.size('interval'), place.size('seconds')];
  const prefix = place.redis.freshPrefix();
  const simulated: Simulated[] = [];
  try {
    await startSimulated(simulated, dispatchers, { url: place.url, prefix, interval });
    await pause(2 * interval);
    for (const one of simulated) one.clear();
    const before = await place.redis.cpuSeconds();
    const startedAt = performance.now();
    await pause(seconds * 1_000);
    const took = (performance.now() - startedAt) / 1_000;
    const cpu = (await place.redis.cpuSeconds()) - before;
    const latencies = simulated.flatMap((one) => one.latencies);
    return {
      dispatchers,
      perSecond: latencies.length / took,
      cpu: (cpu / took) * 100,
      microseconds: (cpu / latencies.length) * 1e6,
      latencies,
      refused: simulated.reduce((sum, one) => sum + one.trouble, 0),
    };
  } finally {
    for (const one of simulated) one.end();
    await place.redis.deleteKeys(prefix);
  }
}
