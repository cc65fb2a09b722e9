// The memory that composites take: in Redis while they run and afterwards, and in the processes.
// Each measurement has a Redis of its own, whose greatest use of memory counts from its start.
import { startRedis } from '#kit/redis-server';
import { Pair, type Place } from '../pair.js';
import { BenchRedis } from '../redis.js';
import { CONCURRENCY, nameOf, sidesOf, titleOf, type Shape } from './composite.js';
import type { Measured, Scenario } from './scenario.js';

/** Parts of the composite before: Redis knows all scripts then. */
const FIRST = 10;
const MEGABYTE = 1e6;

export function memory(shape: Shape): Scenario {
  const title = titleOf(shape);
  const ofRedis = { unit: 'bytes/part', better: 'lower', targets: { raw: [0.3] } } as const;
  const ofProcess = { unit: 'MB', better: 'lower', targets: {} } as const;
  return {
    name: `memory/${nameOf(shape)}`,
    sides: sidesOf[shape.kind],
    metrics: [
      { ...ofRedis, name: `${title}: Redis, most` },
      { ...ofRedis, name: `${title}: Redis, kept` },
      { ...ofProcess, name: `${title}: worker, most` },
      { ...ofProcess, name: `${title}: producer, most` },
    ],
    start: (place) =>
      Promise.resolve({ measure: () => measure(place, shape), end: () => Promise.resolve() }),
  };
}

async function measure(place: Place, { kind, composites, parts }: Shape): Promise<Measured> {
  const server = await startRedis();
  const redis = new BenchRedis(server.url);
  const jobs = composites * parts;
  const run = async ({ worker, producer }: Pair, count: number, groups: number): Promise<void> => {
    await worker.call('expect', count);
    await producer.call(kind, count, groups);
    await worker.call('check');
  };
  try {
    await withProcesses({ ...place, redis }, (pair) => run(pair, FIRST, 1));
    const before = await redis.usedMemory();
    const measured = await withProcesses({ ...place, redis }, async (pair) => {
      // Connections and their buffers are none of the parts' memory.
      await run(pair, FIRST, 1);
      await pair.untilIdle();
      const connected = await redis.usedMemory();
      await run(pair, jobs, composites);
      const most = (await redis.peakMemory()) - connected;
      const worker = await pair.worker.call('peakMemory');
      return { most, worker, producer: await pair.producer.call('peakMemory') };
    });
    const kept = (await redis.usedMemory()) - before;
    return {
      values: [
        measured.most / jobs,
        kept / (jobs + FIRST),
        measured.worker / MEGABYTE,
        measured.producer / MEGABYTE,
      ],
    };
  } finally {
    await redis.close();
    await server.stop();
  }
}

/** Has the processes of one side, with their connections, while `use` goes on. */
async function withProcesses<T>(place: Place, use: (pair: Pair) => Promise<T>): Promise<T> {
  const pair = await Pair.start(place, CONCURRENCY);
  try {
    const value = await use(pair);
    await pair.close();
    return value;
  } catch (error) {
    await pair.kill();
    throw error;
  }
}
