// An open page of the monitor: what its stream and its polling cost the work. Slices of the same
// work run with the page and without it, one after another in one run.
import { median } from '#bench/statistics.js';
import { Queue } from '@drover/core';
import { MAIN_LANE } from '@drover/core/internal';
import { randomUUID } from 'node:crypto';
import { openPage, startMonitor } from '../page.js';
import { quick } from '../tasks.js';
import { startFleet, WorkerProcess } from '../workers.js';
import type { Place, Result, Scenario } from './scenario.js';

const QUEUE = 'page';
/** Nobody serves it: its jobs wait. */
const IDLE = 'idle';
/** Jobs of one putAll. */
const BATCH = 10_000;
const INTERVAL = 2_000;
/** Ms: the processes share two cores with others. */
const DEATH = 60_000;
/** Of the rate without a page. */
const LEAST = 0.97;

export const page: Scenario = {
  name: 'page',
  about:
    'a dispatcher runs slices of short jobs, every other one while a page is open, in a queue with many jobs and among many dispatchers',
  sizes: {
    jobs: { about: 'that wait in another lane', full: [1_000_000], quick: [500] },
    dispatchers: { about: 'that are simulated', full: [20], quick: [3] },
    slice: { about: 'jobs of a slice', full: [50_000], quick: [200] },
    rounds: { about: 'pairs of slices', full: [20], quick: [2] },
  },
  measure,
};

/** Of a slice. */
interface Slice {
  /** Jobs a second. */
  rate: number;
  /** Microseconds of Redis's CPU for a job. */
  cpu: number;
  /** How much of a core the monitor took, in hundredths. */
  monitor: number;
}

async function measure(place: Place): Promise<Result> {
  const { url, prefix, size, tell } = place;
  const queue = new Queue(QUEUE, { connection: url, prefix });
  const worker = new WorkerProcess({
    ...{ connection: url, prefix, uuid: randomUUID(), deathInterval: DEATH },
    ...{ pingInterval: INTERVAL, queues: { [QUEUE]: { main: { size: 50 } } } },
    tells: ['activated', 'completed'],
  });
  await worker.told('activated');
  const endFleet = await startFleet({
    ...{ url, prefix, dispatchers: size('dispatchers'), interval: INTERVAL, deathInterval: DEATH },
    about: {
      agents: [{ queue: QUEUE, name: 'main', size: 10, lanes: [MAIN_LANE], threads: false }],
      tasks: [quick.name],
    },
  });
  await put(queue, size('jobs'), IDLE);
  tell('filled');
  const monitor = await startMonitor(url, prefix);
  let done = 0;
  const slice = async (): Promise<Slice> => {
    done += size('slice');
    const [cpu, startedAt] = [await place.redis.cpuSeconds(), performance.now()];
    const before = monitor.cpuSeconds();
    const ended = worker.told('completed', done);
    await put(queue, size('slice'), MAIN_LANE);
    await ended;
    const seconds = (performance.now() - startedAt) / 1_000;
    const spent = (await place.redis.cpuSeconds()) - cpu;
    return {
      ...{ rate: size('slice') / seconds, cpu: (spent * 1e6) / size('slice') },
      monitor: (100 * (monitor.cpuSeconds() - before)) / seconds,
    };
  };
  const withPage = async (): Promise<Slice> => {
    const open = await openPage(monitor.url, QUEUE);
    const found = await slice();
    looks += await open.close();
    return found;
  };
  let looks = 0;
  const [without, shown]: [Slice[], Slice[]] = [[], []];
  await slice(); // warm
  for (let round = 0; round < size('rounds'); round++) {
    // Each is the first of its pair as often as the second.
    if (round % 2 === 0) without.push(await slice());
    shown.push(await withPage());
    if (round % 2 === 1) without.push(await slice());
    const [bare, open] = [without, shown].map((slices) => Math.round(slices.at(-1)?.rate ?? 0));
    tell(`round ${round + 1}: ${bare} jobs a second, with a page ${open}`);
  }
  monitor.end();
  await endFleet();
  await worker.kill();
  await queue.close();
  return toResult(without, shown, looks);
}

async function put(queue: Queue, count: number, lane: string): Promise<void> {
  for (let first = 0; first < count; first += BATCH) {
    const length = Math.min(BATCH, count - first);
    await queue.putAll(
      Array.from({ length }, (_, i) => quick.job(first + i, 'ann')),
      { lane },
    );
  }
}

function toResult(without: readonly Slice[], shown: readonly Slice[], looks: number): Result {
  const of = (slices: readonly Slice[], what: keyof Slice) =>
    median(slices.map((slice) => slice[what]));
  // The machine may be slower in one minute than in the next: each slice is measured by its pair.
  const share = median(shown.map(({ rate }, i) => rate / (without[i]?.rate ?? rate)));
  return {
    tables: [
      {
        title: 'With a page and without one: medians',
        columns: ['', 'without', 'with'],
        rows: [
          ['jobs a second', of(without, 'rate'), of(shown, 'rate')],
          ['CPU of Redis for a job, µs', of(without, 'cpu'), of(shown, 'cpu')],
          ['CPU of the monitor, % of a core', of(without, 'monitor'), of(shown, 'monitor')],
          ['what the page got: events and answers', 0, looks],
        ],
      },
    ],
    verdicts: [
      {
        target: `with a page work runs at ${LEAST} × the rate without one at least`,
        measured: `${share.toFixed(3)}, median of the pairs`,
        holds: share >= LEAST,
      },
    ],
  };
}
