// The memory that Redis keeps for a finished composite, its events included, after all clients have
// disconnected.
import { Pair, type Place } from '../pair.js';
import type { Measured, Scenario } from './scenario.js';

const CONCURRENCY = 50;

export function memory(parts: number): Scenario {
  return {
    name: 'memory',
    metrics: [
      { name: 'Redis memory per part', unit: 'bytes', better: 'lower', targets: [1.2, 0.3] },
    ],
    maxRuns: 1,
    // Processes and keys of each measurement's own: connections take memory, and events are
    // trimmed.
    start: (place) =>
      Promise.resolve({ measure: () => measure(place, parts), end: () => Promise.resolve() }),
  };
}

async function measure(place: Place, parts: number): Promise<Measured> {
  const { redis } = place;
  const prefix = redis.freshPrefix();
  const before = await redis.usedMemory();
  try {
    const pair = await Pair.start({ ...place, prefix }, CONCURRENCY);
    try {
      await pair.worker.call('expect', parts);
      await pair.producer.call('parallel', parts, 1);
      await pair.worker.call('check');
      await pair.close();
    } catch (error) {
      await pair.kill();
      throw error;
    }
    return { values: [((await redis.usedMemory()) - before) / parts] };
  } finally {
    await redis.deleteKeys(`${prefix}:`);
  }
}
