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
  const bases = new Map(side.lanes.map((lane) => [lane, `${prefix}:${queue}${lane === 'main' ? '' : `/${lane}`}`]));
  // No event is forgotten before it is read.
  for (const base of bases.values()) await redis.hset(`${base}:meta`, 'opts.maxLenEvents', 100_000_000);

  const place = { prefix, queue, folder, seed, pingInterval, deathInterval };
  const way = await startFaultProxy(server.url, { seed: seed + 1_000 });
  const producer = await side.producer(way.url, place);
  const { program } = side;
  const fleet = await Fleet.start(dispatchers, { ...place, program, url: server.url });
  const sampler = side.sampler?.(server.url, place);
  sampler?.start();
  const nemesis = new Nemesis({ fleet, server, redis, producer: way, deathInterval }, seed);
  const producing = producer.produce(jobs, seconds * 1_000);
  await nemesis.rage(seconds * 1_000);
  way.heal();
  fleet.heal();
  await producing;
  const { hanging, broughtForward } = await drain(redis, [...bases.values()], side.patience);
  await sampler?.end();
  await fleet.stop();

  const facts = new Facts(
    readHistory(folder),
    await readEnds(redis, [...bases.values()]),
    await readStored(redis, bases),
  );
  const removal = hanging.length === 0 ? await side.remove?.(redis, place) : undefined;
  const violations = [hanging, sampler?.violations ?? [], ...side.checks.map((check) => check(facts)), removal?.violations ?? []]; // prettier-ignore
  const faults = sumOfFaults([way.counts, ...fleet.slots.map(({ proxy }) => proxy.counts)]);
  await producer.close();
  await fleet.end();
  await way.close();
  redis.disconnect();
  await server.stop();
  return {
    figures: { ...nemesis.deeds, ...faults, ...figuresOf(facts), 'brought forward': broughtForward },
    violations: violations.flat(),
    facts,
    folder,
    left: removal?.left ?? [],
  };
}

/** What the processes wrote down is not needed any more. */
export function forget(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
