// An hour's traffic, as fast as it goes: what stays of it, in the process that puts and runs the
// jobs, and in Redis.
import { lanesOf, trimCompleted } from '#kit/store';
import { Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import { pino } from 'pino';
import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { QUOTA, ROUND, runRound } from '../traffic.js';
import type { Place, Result, Scenario, Table, Verdict } from './scenario.js';

const QUEUE = 'leak';
const POINTS = 10;
/**
 * Before that point everything that is bounded fills up: histories, streams of events, completed
 * jobs.
 */
const FIRST = 3;
/** Rounds under way at the same time. */
const ROUNDS = 5;
/** How much the line through the points may rise over the whole traffic, of what it begins with. */
const FLAT = 0.05;

export const leak: Scenario = {
  name: 'leak',
  about:
    'an hour of 100 jobs a second, as fast as they go: per 100 jobs 40 plain, 10 with a callback, 3 composites of 5 parts, 5 with a quota, 5 that put another, 3 with a step done once, 2 failures',
  sizes: {
    jobs: { about: 'in all, with callbacks and parts', full: [360_000], quick: [2_000] },
    keep: { about: 'completed jobs that are kept', full: [1_000], quick: [100] },
  },
  measure,
};

interface Point {
  jobs: number;
  heap: number;
  redis: number;
  keys: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function measure(place: Place): Promise<Result> {
  const { url, prefix, redis, client, size } = place;
  const keepCompleted = { age: Infinity, count: size('keep') };
  const queue = new Queue(QUEUE, { connection: url, prefix });
  const dispatcher = new Dispatcher({
    connection: url,
    prefix,
    uuid: randomUUID(),
    queues: { [QUEUE]: { main: { size: 50 } } },
    keepCompleted,
    signals: false,
    logger: pino({ level: 'silent' }),
  });
  const ends = new Ends(dispatcher);
  await queue.quotas.create(QUOTA, 2);
  await dispatcher.activate();

  const perPoint = Math.max(1, Math.round(size('jobs') / ROUND / POINTS));
  const points: Point[] = [];
  const startedAt = performance.now();
  for (let point = 1; point <= POINTS; point++) {
    await runRounds(queue, perPoint);
    await ends.until(point * perPoint * ROUND);
    // As a dispatcher does once a minute; this traffic brings many minutes' jobs in one.
    await trimCompleted(client, prefix, QUEUE, await lanesOf(client, prefix, QUEUE), keepCompleted);
    collectGarbage();
    const heap = process.memoryUsage().heapUsed;
    points.push({
      jobs: ends.count,
      heap,
      redis: await redis.usedMemory(),
      keys: await client.dbsize(),
    });
    place.tell(`${ends.count} jobs have ended`);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await dispatcher.deactivate();
  await trimCompleted(client, prefix, QUEUE, await lanesOf(client, prefix, QUEUE), {
    age: 0,
    count: 0,
  });
  const left = await patternsOfKeys(place);
  await queue.close();
  return toResult(points, left, seconds);
}

/** Counts the jobs that have ended, whoever put them. */
class Ends {
  count = 0;
  #problem: Error | undefined;
  #watch = (): void => {};

  constructor(dispatcher: Dispatcher) {
    const note = (): void => {
      this.count++;
      this.#watch();
    };
    dispatcher.on('completed', note);
    dispatcher.on('failed', note);
    dispatcher.on('error', (error) => (this.#problem ??= error));
  }

  async until(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#watch = () => (this.count >= count ? resolve() : undefined);
      this.#watch();
    });
    if (this.#problem) throw this.#problem;
    if (this.count > count) throw new Error(`${this.count} jobs ended, but there were ${count}`);
  }
}

async function runRounds(queue: Queue, rounds: number): Promise<void> {
  let left = rounds;
  const runSome = async (): Promise<void> => {
    while (left-- > 0) await runRound(queue);
  };
  await Promise.all(Array.from({ length: ROUNDS }, runSome));
}

/** How many keys there are of each kind. */
async function patternsOfKeys({ client }: Place): Promise<Map<string, number>> {
  const patterns = new Map<string, number>();
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'COUNT', 1_000);
    for (const key of keys) {
      const pattern = key.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>');
      patterns.set(pattern, (patterns.get(pattern) ?? 0) + 1);
    }
    cursor = next;
  } while (cursor !== '0');
  return patterns;
}

function toResult(
  points: readonly Point[],
  left: ReadonlyMap<string, number>,
  seconds: number,
): Result {
  const all = points.at(-1)?.jobs ?? 0;
  const judged = points.slice(FIRST - 1);
  const verdictOf = (what: string, value: (point: Point) => number): Verdict => {
    const slope = slopeOf(judged.map((point) => [point.jobs, value(point)]));
    const rise = (slope * all) / value(judged[0] as Point);
    const measured = `${(slope * 1_000).toFixed(0)} bytes for 1,000 jobs, ${(rise * 100).toFixed(1)} % in all`;
    const target = `${what} is flat from point ${FIRST} on: rises by less than ${FLAT * 100} % in an hour`;
    return { target, measured, holds: rise < FLAT };
  };
  const ofJobs = [...left].filter(([key]) => /:<uuid>/.test(key) && !key.includes(':dispatcher:'));
  const rows = points.map(({ jobs, heap, redis, keys }): Table['rows'][number] => {
    return [jobs.toLocaleString('en'), heap / 2 ** 20, redis / 2 ** 20, keys];
  });
  return {
    tables: [
      {
        title: `${Math.round(all / seconds)} jobs/s; after each point what is too old is removed, and garbage is collected`,
        columns: ['jobs', 'heap of the process, MiB', 'memory of Redis, MiB', 'keys'],
        rows,
      },
      {
        title: 'Keys left when all completed jobs are removed',
        columns: ['key', 'how many'],
        rows: [...left].sort(),
      },
    ],
    verdicts: [
      verdictOf('the heap', ({ heap }) => heap),
      verdictOf("Redis's memory", ({ redis }) => redis),
      {
        target: 'no key of a job is left',
        measured: ofJobs.map(([key, count]) => `${count} × ${key}`).join(', ') || 'none',
        holds: ofJobs.length === 0,
      },
    ],
  };
}

/** Of the line that fits best. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, one) => sum + one, 0) / values.length;
  const [x, y] = [mean(points.map(([one]) => one)), mean(points.map(([, one]) => one))];
  const above = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0);
  return above / points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
}
