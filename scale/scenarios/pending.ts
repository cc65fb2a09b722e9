// Very many pending jobs: what each takes of Redis's memory, and what a put, a claim and a look
// cost among so many.
import { median } from '#bench/statistics.js';
import { Queue } from '@drover/core';
import { MAIN_LANE } from '@drover/core/internal';
import { clientSettings, connect, redisTarget, LaneKeys, RedisLane } from '#kit/store';
import { randomUUID } from 'node:crypto';
import { hold } from '../tasks.js';
import type { Place, Result, Scenario, Table, Verdict } from './scenario.js';

const QUEUE = 'pending';
/** Jobs of one putAll. */
const BATCH = 10_000;
/** Each cost is measured so often among so many; what counts is the median. */
const RUNS = 3;
/** Looks at the queue in a run. */
const LOOKS = 20;
/** The largest allowed ratio of the cost among the most jobs to that among the fewest. */
const FLAT = 1.5;

export const pending: Scenario = {
  name: 'pending',
  about: 'plain jobs are pending in one queue, more and more of them',
  sizes: {
    pending: {
      about: 'how many, one after another',
      full: [1_000, 10_000, 100_000, 1_000_000],
      quick: [100, 400],
    },
    samples: { about: 'puts and claims in each of three runs', full: [1_000], quick: [50] },
  },
  measure,
};

/** Microseconds of Redis's CPU, and ms that the caller waits. */
interface Cost {
  cpu: number;
  ms: number;
}

interface Seen {
  count: number;
  memory: number;
  put: Cost;
  claim: Cost;
  length: Cost;
  jobs: Cost;
}

async function measure(place: Place): Promise<Result> {
  const queue = new Queue(QUEUE, { connection: place.url, prefix: place.prefix });
  const client = connect(redisTarget(place.url), clientSettings.dispatcher, () => {});
  const store = new RedisLane(client, new LaneKeys(place.prefix, QUEUE, MAIN_LANE), randomUUID());
  const seen: Seen[] = [];
  try {
    await queue.put(hold.job()); // what a queue has once is no job's
    const empty = await place.redis.usedMemory();
    for (const count of place.sizes('pending')) {
      await fill(queue, count + 1);
      const memory = ((await place.redis.usedMemory()) - empty) / count;
      seen.push({ count, memory, ...(await costs(place, queue, store)) });
      place.tell(`measured among ${count} pending jobs`);
    }
  } finally {
    await queue.close();
    client.disconnect();
  }
  return toResult(seen);
}

async function fill(queue: Queue, count: number): Promise<void> {
  for (let missing = count - (await queue.length()); missing > 0; missing -= BATCH) {
    await queue.putAll(Array.from({ length: Math.min(missing, BATCH) }, () => hold.job()));
  }
}

/** Leaves as many jobs as there were. */
async function costs(
  place: Place,
  queue: Queue,
  store: RedisLane,
): Promise<Omit<Seen, 'count' | 'memory'>> {
  const samples = place.size('samples');
  const runs: Pick<Seen, 'put' | 'claim' | 'length' | 'jobs'>[] = [];
  for (let run = 0; run < RUNS; run++) {
    const put = await costOf(place, samples, async () => void (await queue.put(hold.job())));
    // As a dispatcher does for a plain job: its end claims the next one.
    const owner = randomUUID();
    let { job } = await store.claim(`${owner}:1:1`);
    const claim = await costOf(place, samples, async (i) => {
      if (!job) throw new Error('there was no job to claim');
      const tokens = i < samples ? [`${owner}:1:${i + 2}`] : [];
      const hand = await store.hand({ ended: [{ ...job, value: 'null' }], back: [], tokens });
      job = hand.claimed[0]?.job;
    });
    const length = await costOf(place, LOOKS, async () => void (await queue.length()));
    const jobs = await costOf(place, LOOKS, async () => void (await queue.jobs()));
    runs.push({ put, claim, length, jobs });
  }
  const medianOf = (what: 'put' | 'claim' | 'length' | 'jobs'): Cost => ({
    cpu: median(runs.map((run) => run[what].cpu)),
    ms: median(runs.map((run) => run[what].ms)),
  });
  return {
    put: medianOf('put'),
    claim: medianOf('claim'),
    length: medianOf('length'),
    jobs: medianOf('jobs'),
  };
}

async function costOf(
  { redis }: Place,
  times: number,
  action: (i: number) => Promise<void>,
): Promise<Cost> {
  const cpuBefore = await redis.cpuSeconds();
  const startedAt = performance.now();
  for (let i = 1; i <= times; i++) await action(i);
  const ms = performance.now() - startedAt;
  return { cpu: (((await redis.cpuSeconds()) - cpuBefore) / times) * 1e6, ms: ms / times };
}

function toResult(seen: readonly Seen[]): Result {
  const [first, last] = [seen[0] as Seen, seen.at(-1) as Seen];
  const measured: [string, (one: Seen) => number][] = [
    ['memory of Redis per job, bytes', (one) => one.memory],
    ['put: CPU of Redis, µs', ({ put }) => put.cpu],
    ['put: until it is answered, ms', ({ put }) => put.ms],
    ['claim and finish: CPU of Redis, µs', ({ claim }) => claim.cpu],
    ['claim and finish: until it is answered, ms', ({ claim }) => claim.ms],
    ['queue.length(): CPU of Redis, µs', ({ length }) => length.cpu],
    ['queue.length(): until it is answered, ms', ({ length }) => length.ms],
    ['queue.jobs(), the first thousand: CPU of Redis, µs', ({ jobs }) => jobs.cpu],
    ['queue.jobs(), the first thousand: until it is answered, ms', ({ jobs }) => jobs.ms],
  ];
  const ratio = (value: (one: Seen) => number): number => value(last) / value(first);
  const rows = measured.map(([label, value]): Table['rows'][number] => [
    label,
    ...seen.map(value),
    ratio(value),
  ]);
  // By CPU time, since what else the machine does hardly changes it.
  const isJudged = ([label]: [string, unknown]): boolean =>
    label.includes('bytes') || label.includes('CPU');
  const verdicts = measured.filter(isJudged).map(([label, value]): Verdict => {
    const target = `${label}: among ${last.count} at most ${FLAT} times as much as among ${first.count}`;
    return { target, measured: `${ratio(value).toFixed(2)} times`, holds: ratio(value) <= FLAT };
  });
  const columns = [
    'pending jobs',
    ...seen.map(({ count }) => count.toLocaleString('en')),
    'last / first',
  ];
  return { tables: [{ title: 'Medians of three runs', columns, rows }], verdicts };
}
