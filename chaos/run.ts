// One seed: a private Redis, workers, a nemesis and a producer; then everything is healed, waited for, and checked.
import { Redis } from 'ioredis';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFaultProxy } from '#kit/fault-proxy';
import { startRedis } from '#kit/redis-server';
import { Facts, readEnds, readStored } from './check/facts.js';
import type { Violation } from './check/violation.js';
import { drain } from './drain.js';
import { figuresOf, sumOfFaults } from './figures.js';
import { Fleet } from './fleet.js';
import { readHistory } from './history.js';
import { Nemesis } from './nemesis.js';
import type { Options } from './options.js';
import { drover, stock } from './sides.js';

const prefix = '{chaos}';
const queue = 'work';
const pingInterval = 200;
const deathInterval = 1_000;
/** ms from the end of all work in which each wait of the producer is told. */
const WAITS_END = 5_000;

export interface Outcome {
  figures: Record<string, number>;
  violations: Violation[];
  facts: Facts;
  /** What the processes wrote down. */
  folder: string;
  /** Keys that are there when every job has been removed. */
  left: readonly string[];
}

export async function runSeed(options: Options): Promise<Outcome> {
  const { seed, seconds, dispatchers, jobs } = options;
  const side = options.stock ? stock : drover;
  const folder = mkdtempSync(join(tmpdir(), `drover-chaos-${seed}-`));
  const server = await startRedis({ appendonly: true });
  const redis = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  const { queues } = side;
  const bases = queues.flatMap((name) =>
    side.lanes.map((lane) => [lane, `${prefix}:${name}${lane === 'main' ? '' : `/${lane}`}`] as const),
  );
  const keys = bases.map(([, base]) => base);
  // No event is forgotten before it is read.
  for (const base of keys) await redis.hset(`${base}:meta`, 'opts.maxLenEvents', 100_000_000);

  const place = { prefix, queue, queues, folder, seed, pingInterval, deathInterval };
  const way = await startFaultProxy(server.url, { seed: seed + 1_000 });
  const producer = await side.producer(way.url, place);
  const { program } = side;
  const fleet = await Fleet.start(dispatchers, { ...place, program, url: server.url });
  const sampler = side.sampler?.(server.url, place);
  sampler?.start();
  const nemesis = new Nemesis({ fleet, server, redis, producer: way, deathInterval, restores: isRestored(seed) }, seed);
  const producing = producer.produce(jobs, seconds * 1_000);
  await nemesis.rage(seconds * 1_000);
  way.heal();
  fleet.heal();
  await producing;
  const { hanging, farOff } = await drain(redis, keys, side.patience);
  await producer.waitsEnd?.(WAITS_END);
  await sampler?.end();
  await fleet.stop();

  const facts = new Facts(
    readHistory(folder),
    await readEnds(redis, keys),
    await readStored(redis, bases),
    Date.now() - Number(process.hrtime.bigint() / 1_000n) / 1_000,
  );
  const isLost = nemesis.restored > 0;
  const checks = isLost ? side.always : [...side.always, ...side.checks];
  const seen = (await side.look?.(server.url, place, facts)) ?? [];
  const removal = hanging.length === 0 ? await side.remove?.(redis, place) : undefined;
  const violations = [hanging, farOff, seen, sampler?.violations ?? [], ...checks.map((check) => check(facts)), removal?.violations ?? []]; // prettier-ignore
  const faults = sumOfFaults([way.counts, ...fleet.slots.map(({ proxy }) => proxy.counts)]);
  await producer.close();
  await fleet.end();
  await way.close();
  redis.disconnect();
  await server.stop();
  return {
    figures: {
      ...nemesis.deeds,
      restored: nemesis.restored,
      ...faults,
      ...figuresOf(facts),
    },
    violations: violations.flat(),
    facts,
    folder,
    left: removal?.left ?? [],
  };
}

/**
 * Of every fifth seed Redis is restored from an older append-only file, where others only restart
 * it.
 */
function isRestored(seed: number): boolean {
  return seed % 5 === 4;
}

/** What the processes wrote down is not needed any more. */
export function forget(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
