// One seed: a private Redis, workers, a nemesis and a producer; then everything is healed, waited for, and checked.
import { Queue } from '@drover/core';
import { Redis } from 'ioredis';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFaultProxy, type FaultKind } from '#kit/fault-proxy';
import { Random } from '#kit/faults/random';
import { startRedis } from '#kit/redis-server';
import { checkCallbacks } from './check/callbacks.js';
import { checkComposites } from './check/composites.js';
import { checkEnds } from './check/ends.js';
import { Facts, readEnds, readStored } from './check/facts.js';
import { checkOnce, checkPuts } from './check/puts.js';
import { checkQuotas } from './check/quotas.js';
import { checkRuns } from './check/runs.js';
import type { Violation } from './check/violation.js';
import { drain } from './drain.js';
import { Fleet } from './fleet.js';
import { History, readHistory } from './history.js';
import { Nemesis } from './nemesis.js';
import type { Options } from './options.js';
import { LANES, QUOTAS } from './plans.js';
import { Producer } from './producer.js';
import { removeAll } from './removal.js';
import { Sampler } from './sampler.js';

const prefix = '{chaos}';
const queueName = 'work';
const pingInterval = 200;
const deathInterval = 1_000;

export interface Outcome {
  figures: Record<string, number>;
  violations: Violation[];
  facts: Facts;
  /** What the processes wrote down. */
  folder: string;
  left: string[];
}

export async function runSeed({ seed, seconds, dispatchers, jobs }: Options): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), `drover-chaos-${seed}-`));
  const server = await startRedis({ appendonly: true });
  const redis = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  const lanes = [...LANES, 'system'] as const;
  const bases = new Map(lanes.map((lane) => [lane, `${prefix}:${queueName}${lane === 'main' ? '' : `/${lane}`}`]));
  // No event is forgotten before it is read.
  for (const base of bases.values()) await redis.hset(`${base}:meta`, 'opts.maxLenEvents', 100_000_000);

  const way = await startFaultProxy(server.url, { seed: seed + 1_000 });
  const queue = new Queue(queueName, { connection: way.url, prefix });
  for (const [name, size] of Object.entries(QUOTAS)) await queue.quotas.create(name, size);
  const options = { program: 'worker.js', url: server.url, prefix, queue: queueName, folder, pingInterval, deathInterval, seed } as const; // prettier-ignore
  const fleet = await Fleet.start(dispatchers, options);
  const sampler = new Sampler(server.url, { prefix, queue: queueName, deathInterval });
  sampler.start();
  const nemesis = new Nemesis({ fleet, server, redis, producer: way, deathInterval }, seed);
  const producer = new Producer(queue, new History(folder, 'producer'), new Random(seed, 2));
  const producing = producer.produce(jobs, seconds * 1_000);
  await nemesis.rage(seconds * 1_000);
  way.heal();
  fleet.heal();
  await producing;
  const { hanging, broughtForward } = await drain(redis, [...bases.values()]);
  await sampler.end();
  await Promise.all(fleet.slots.map(async (slot) => (slot.stop(0), await slot.ended(5_000))));

  const stored = await readStored(redis, bases);
  const facts = new Facts(readHistory(folder), await readEnds(redis, [...bases.values()]), stored);
  const removal = hanging.length === 0 ? await removeAll(redis, { prefix, queue: queueName }) : undefined;
  const violations = [
    ...hanging,
    ...sampler.violations,
    ...[checkEnds, checkRuns, checkComposites, checkCallbacks, checkPuts, checkOnce, checkQuotas].flatMap((check) =>
      check(facts),
    ),
    ...(removal?.violations ?? []),
  ];
  const faults = sumOf([way.counts, ...fleet.slots.map(({ proxy }) => proxy.counts)]);
  await queue.close();
  await fleet.end();
  await way.close();
  redis.disconnect();
  await server.stop();
  const figures = {
    ...nemesis.deeds,
    ...faults,
    ...figuresOf(facts),
    'brought forward': broughtForward,
    samples: sampler.samples,
  };
  return { figures, violations, facts, folder, left: removal?.left ?? [] };
}

/** What the processes wrote down is not needed any more. */
export function forget(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function sumOf(counts: readonly Readonly<Record<FaultKind, number>>[]): Record<FaultKind, number> {
  const sum = { 'lose request': 0, 'lose reply': 0, cut: 0, 'black hole': 0, delay: 0, error: 0 };
  for (const each of counts) for (const kind of Object.keys(sum) as FaultKind[]) sum[kind] += each[kind];
  return sum;
}

function figuresOf(facts: Facts): Record<string, number> {
  const jobs = [...facts.jobs.values()].filter(({ stored }) => stored && stored.lane !== 'system');
  const events = facts.all('event');
  const count = (name: string): number => events.filter(({ event }) => event === name).length;
  return {
    jobs: jobs.length,
    composites: jobs.filter(({ put }) => put?.composite).length,
    runs: facts.all('start').length,
    interruptions: jobs.reduce((sum, { stored }) => sum + Number(stored?.fields['interruptions'] ?? 0), 0),
    refusals: count('reassigned'),
    deaths: count('died'),
    depositions: count('deposed'),
  };
}
