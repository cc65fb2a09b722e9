// One seed: a private Redis, workers, a nemesis and a producer; then everything is healed, waited
// for, and checked.
import { Redis } from 'ioredis';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFaultProxy } from '#kit/fault-proxy';
import { startRedis } from '#kit/redis-server';
import { Facts } from './check/facts.js';
import { readStored, readStreams } from './check/read.js';
import type { Violation } from './check/violation.js';
import { drain } from './drain.js';
import { figuresOf, sumOfFaults } from './figures.js';
import { Fleet } from './fleet.js';
import { readHistory } from './history.js';
import { Nemesis } from './nemesis.js';
import type { Options } from './options.js';
import { drover, stock, type Side } from './sides.js';
import { Stage } from './stage.js';

const prefix = '{chaos}';
const queue = 'work';
const pingInterval = 200;
const deathInterval = 1_000;
/** ms from the end of all work in which each wait of the producer is told. */
const WAITS_END = 5_000;
/** ms in which all work is done and removed. A job that takes longer is reported as hanging. */
const DRAINED = 300_000;
/** ms in which all that a run has left is read. It takes a second on an idle machine. */
const READ = 300_000;

export interface Outcome {
  figures: Record<string, number>;
  violations: Violation[];
  facts: Facts;
  /** The folder with the records of the processes. */
  folder: string;
  /** Keys that are there when every job has been removed. */
  left: readonly string[];
}

export async function runSeed(options: Options): Promise<Outcome> {
  const stage = new Stage(`seed ${options.seed}`);
  try {
    const scene = await build(options, stage);
    const hanging = await play(options, scene, stage);
    return await check(scene, hanging, stage);
  } finally {
    await stage.clear();
  }
}

type Scene = Awaited<ReturnType<typeof build>>;

/** Starts all that a run consists of. */
async function build({ seed, dispatchers, ...options }: Options, stage: Stage) {
  const side: Side = options.stock ? stock : drover;
  const { queues, lanes, program } = side;
  const folder = mkdtempSync(join(tmpdir(), `drover-chaos-${seed}-`));
  const place = { prefix, queue, queues, folder, seed, pingInterval, deathInterval };
  const server = await stage.step('the start of Redis', startRedis({ appendonly: true }));
  stage.endLater('the end of Redis', () => server.stop());
  const redis = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  stage.endLater('the end of a connection', () => redis.disconnect());
  const bases = queues.flatMap((name) =>
    lanes.map((lane) => [lane, `${prefix}:${name}${lane === 'main' ? '' : `/${lane}`}`] as const),
  );
  const keys = bases.map(([, base]) => base);
  await stage.step('the settings of each lane', keepEvents(redis, keys));

  const way = await startFaultProxy(server.url, { seed: seed + 1_000 });
  stage.endLater("the end of the producer's way to Redis", () => way.close());
  const producer = await stage.step('the start of the producer', side.producer(way.url, place));
  stage.endLater('the end of the producer', () => producer.close());
  const fleet = await Fleet.make(dispatchers, { ...place, program, url: server.url });
  stage.endLater('the end of the workers', () => fleet.end());
  await stage.step('the start of the workers', fleet.start());
  const sampler = side.sampler?.(server.url, place);
  stage.endLater('the last look at Redis', () => sampler?.end());
  // Nearly all that is checked of BullMQ does not hold where Redis has lost writes.
  const restores = isRestored(seed) && !options.stock;
  const agents = side.agents?.(way.url, place);
  stage.endLater('the end of the changes of agents', () => agents?.close());
  const nemesis = new Nemesis(
    { fleet, server, redis, producer: way, ...(agents && { agents }), deathInterval, restores },
    seed,
  );
  return {
    side,
    folder,
    place,
    server,
    redis,
    bases,
    keys,
    way,
    producer,
    fleet,
    sampler,
    agents,
    nemesis,
  };
}

/**
 * Puts everything while all goes wrong, and heals all; resolves with what does not come to an end
 * then.
 */
async function play({ seconds, jobs }: Options, scene: Scene, stage: Stage): Promise<Hanging> {
  const { side, redis, keys, way, producer, fleet, sampler, agents, nemesis } = scene;
  const ms = seconds * 1_000;
  sampler?.start();
  const producing = producer.produce(jobs, ms);
  await stage.step('the nemesis', nemesis.rage(ms), ms + Nemesis.LAST);
  way.heal();
  fleet.heal();
  await stage.step('an answer of Redis when all is healed', redis.ping());
  await producing;
  const late = await producer.ended(side.producing);
  const unserved = await agents?.restore(fleet.slots, side.producing);
  await producer.finish?.(side.producing);
  const drained = await stage.step(
    'the end of all jobs',
    drain(redis, keys, side.patience, DRAINED),
    2 * DRAINED,
  );
  await producer.waitsEnd?.(WAITS_END);
  await sampler?.end();
  await stage.step('the stop of the workers', fleet.stop());
  return { ...drained, late, unserved: unserved ?? [] };
}

/** Joins all that is known, and tells what is wrong with it. */
async function check(
  scene: Scene,
  { late, unserved, hanging, farOff }: Hanging,
  stage: Stage,
): Promise<Outcome> {
  const { side, folder, place, server, redis, bases, keys, way, fleet, sampler, nemesis } = scene;
  const reading = readStreams(redis, keys);
  const { ends, moves } = await stage.step('reading the event streams', reading, READ);
  const stored = await stage.step('reading all jobs', readStored(redis, bases), READ);
  const clock = Date.now() - Number(process.hrtime.bigint() / 1_000n) / 1_000;
  const facts = new Facts(readHistory(folder), ends, stored, clock, moves);
  const isLost = nemesis.restored > 0;
  const checks = isLost ? side.always : [...side.always, ...side.checks];
  const seen =
    side.look && (await stage.step('a look at each lane', side.look(server.url, place, facts)));
  const isRemoved = hanging.length === 0 && side.remove;
  const removal = isRemoved
    ? await stage.step('the removal of all jobs', isRemoved(redis, place), DRAINED)
    : undefined;
  const unended = late.map((name) => ({
    rule: 'hangs',
    what: `${name} does not end when all is healed`,
  }));
  const violations = [
    ...[unended, unserved, hanging, farOff, seen ?? [], sampler?.violations ?? []],
    ...checks.map((check) => check(facts)),
    removal?.violations ?? [],
  ];
  const faults = sumOfFaults([way.counts, ...fleet.slots.map(({ proxy }) => proxy.counts)]);
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

interface Hanging {
  /** The names of the calls that the producer has begun, and that have not ended. */
  late: string[];
  /** Workers that do not take over the agents with which they began. */
  unserved: Violation[];
  hanging: Violation[];
  farOff: Violation[];
}

/** No event is forgotten before it is read. */
async function keepEvents(redis: Redis, keys: readonly string[]): Promise<void> {
  for (const base of keys) await redis.hset(`${base}:meta`, 'opts.maxLenEvents', 100_000_000);
}

/**
 * Of every fifth seed Redis is restored from an older append-only file, where others only restart
 * it.
 */
function isRestored(seed: number): boolean {
  return seed % 5 === 4;
}

/** Removes the records of the processes. */
export function forget(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
