// Who is tried: Drover, and as a negative control BullMQ's own Worker and FlowProducer.
import { Queue } from '@drover/core';
import type { Redis } from 'ioredis';
import { Random } from '#kit/faults/random';
import { checkCallbacks } from './check/callbacks.js';
import { checkComposites } from './check/composites.js';
import { checkEnds } from './check/ends.js';
import type { Facts } from './check/facts.js';
import { checkOnce, checkPuts } from './check/puts.js';
import { checkQuotas } from './check/quotas.js';
import { checkRuns } from './check/runs.js';
import type { Violation } from './check/violation.js';
import type { FleetOptions } from './fleet.js';
import { History } from './history.js';
import { LANES, QUOTAS } from './plans.js';
import { Producer } from './producer.js';
import { removeAll, type Removal } from './removal.js';
import { Sampler } from './sampler.js';
import { StockProducer } from './stock/producer.js';

/** Where a run takes place. */
export interface Place {
  prefix: string;
  queue: string;
  folder: string;
  seed: number;
  /** ms */
  pingInterval: number;
  deathInterval: number;
}

/** What puts jobs. */
export interface Producing {
  produce(jobs: number, ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface Side {
  program: FleetOptions['program'];
  /** The lanes of its queue, each a queue of BullMQ's. */
  lanes: readonly string[];
  /** ms without any progress after which what is left hangs. */
  patience: number;
  checks: readonly ((facts: Facts) => Violation[])[];
  /** @param url the faulty way to Redis */
  producer: (url: string, place: Place) => Promise<Producing>;
  sampler?: (url: string, place: Place) => Sampler;
  remove?: (redis: Redis, place: Place) => Promise<Removal>;
}

export const drover: Side = {
  program: 'worker.js',
  lanes: [...LANES, 'system'],
  patience: 20_000,
  checks: [checkEnds, checkRuns, checkComposites, checkCallbacks, checkPuts, checkOnce, checkQuotas],
  producer: async (url, { prefix, queue: name, folder, seed }) => {
    const queue = new Queue(name, { connection: url, prefix });
    for (const [quota, size] of Object.entries(QUOTAS)) await queue.quotas.create(quota, size);
    const producer = new Producer(queue, new History(folder, 'producer'), seed);
    return { produce: (jobs, ms) => producer.produce(jobs, ms), close: () => queue.close() };
  },
  sampler: (url, place) => new Sampler(url, place),
  remove: removeAll,
};

export const stock: Side = {
  program: 'stock/worker.js',
  lanes: ['main'],
  patience: 20_000,
  checks: [checkEnds, checkComposites],
  producer: async (url, place) =>
    new StockProducer(url, place, new History(place.folder, 'producer'), new Random(place.seed, 2)),
};
