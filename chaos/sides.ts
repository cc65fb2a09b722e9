// The two sides: Drover, and as a negative control BullMQ's own Worker and FlowProducer.
import { Queue } from '@drover/core';
import type { Redis } from 'ioredis';
import { Random } from '#kit/faults/random';
import { Agents } from './agents.js';
import { checkAgents } from './check/agents.js';
import { checkArguments, checkSameArguments } from './check/arguments.js';
import { checkCallbacks } from './check/callbacks.js';
import { checkComposites } from './check/composites.js';
import { checkEnds } from './check/ends.js';
import type { Facts } from './check/facts.js';
import { checkHandles } from './check/handles.js';
import { checkKeys } from './check/keys.js';
import { checkMany } from './check/many.js';
import { checkMeta, checkMiddleware } from './check/middleware.js';
import { checkPauses } from './check/pauses.js';
import { checkPriorities } from './check/priorities.js';
import { checkProgress } from './check/progress.js';
import { checkOnce, checkPuts } from './check/puts.js';
import { checkQuotas } from './check/quotas.js';
import { checkRateLimits } from './check/rate-limits.js';
import { checkRuns } from './check/runs.js';
import { checkSchedules } from './check/schedules.js';
import { checkSeen } from './check/seen.js';
import { checkTimeouts } from './check/timeouts.js';
import { checkTimes } from './check/times.js';
import { checkUpdates } from './check/updates.js';
import type { Violation } from './check/violation.js';
import { checkWaits, checkWaitsEnd } from './check/waits.js';
import type { FleetOptions } from './fleet.js';
import { History } from './history.js';
import { LANES, QUOTAS, RATES } from './plan.js';
import { Operator } from './operator.js';
import { Producer } from './producer.js';
import { QUEUES } from './queues.js';
import { removeAll, type Removal } from './removal.js';
import { Sampler } from './sampler.js';
import { StockProducer } from './stock/producer.js';

/** Where a run takes place. */
export interface Place {
  prefix: string;
  queue: string;
  queues: readonly string[];
  folder: string;
  seed: number;
  /** ms */
  pingInterval: number;
  deathInterval: number;
}

/** The producer of jobs. */
export interface Producing {
  /** Begins to put so many jobs, evenly over so many ms. */
  produce(jobs: number, ms: number): Promise<void>;
  /**
   * Resolves when all that was begun has been acknowledged or refused, or after so many ms: with
   * the names of what has not.
   */
  ended(within: number): Promise<string[]>;
  /**
   * Ends all that would put jobs for ever, or keep them from beginning, each thing within so many
   * ms.
   */
  finish?(within: number): Promise<void>;
  /** Resolves when every wait has ended, or after so many ms. */
  waitsEnd?(within: number): Promise<unknown>;
  close(): Promise<void> | void;
}

type Check = (facts: Facts) => Violation[];

export interface Side {
  program: FleetOptions['program'];
  /** Its queues, and the lanes of each: all are queues of BullMQ's. */
  queues: readonly string[];
  lanes: readonly string[];
  /** ms from the end of all faults in which whatever the producer has begun has ended. */
  producing: number;
  /** ms without any progress after which what is left hangs. */
  patience: number;
  checks: readonly Check[];
  /** The checks that hold also after Redis has lost writes that it had acknowledged. */
  always: readonly Check[];
  /** @param url the faulty way to Redis */
  producer: (url: string, place: Place) => Promise<Producing>;
  sampler?: (url: string, place: Place) => Sampler;
  /** Changes the agents of workers. */
  agents?: (url: string, place: Place) => Agents;
  /** Looks at Redis when all is done, as a process does that begins then. */
  look?: (url: string, place: Place, facts: Facts) => Promise<Violation[]>;
  remove?: (redis: Redis, place: Place) => Promise<Removal>;
}

export const drover: Side = {
  program: 'worker.js',
  queues: QUEUES,
  lanes: [...LANES, 'system'],
  producing: 150_000,
  patience: 20_000,
  checks: [
    checkEnds,
    checkRuns,
    checkSameArguments,
    checkComposites,
    checkCallbacks,
    checkPuts,
    checkOnce,
    checkQuotas,
    checkHandles,
    checkWaits,
    checkTimes,
    checkPriorities,
    checkKeys,
    checkUpdates,
    checkMany,
    checkSchedules,
    checkPauses,
    checkTimeouts,
    checkProgress,
    checkRateLimits,
  ],
  always: [checkArguments, checkWaitsEnd, checkAgents, checkMiddleware, checkMeta],
  producer: async (url, { prefix, folder, seed }) => {
    const [work, other] = [
      new Queue('work', { connection: url, prefix }),
      new Queue('other', { connection: url, prefix }),
    ];
    for (const [quota, size] of Object.entries(QUOTAS)) {
      const [name = '', key] = quota.split('/');
      await work.quotas.create(name, size, { keyed: key !== undefined });
    }
    for (const [name, rate] of Object.entries(RATES)) await work.rateLimits.create(name, rate);
    const history = new History(folder, 'producer');
    const producer = new Producer({ work, other }, history, seed);
    const operator = new Operator({ work, other }, history, seed);
    return {
      produce: async (jobs, ms) =>
        void (await Promise.all([producer.produce(jobs, ms), operator.work(ms)])),
      ended: async (within) => [
        ...(await producer.ended(within)),
        ...(await operator.ended(within)),
      ],
      finish: (within) => operator.finish(within),
      waitsEnd: (within) => producer.waitsEnd(within),
      close: async () => void (await Promise.all([work.close(), other.close()])),
    };
  },
  sampler: (url, place) => new Sampler(url, place),
  agents: (url, { prefix, folder }) => new Agents(url, prefix, new History(folder, 'agents')),
  look: (url, { prefix }, facts) => checkSeen(url, prefix, facts),
  remove: removeAll,
};

export const stock: Side = {
  program: 'stock/worker.js',
  queues: ['work'],
  lanes: ['main'],
  producing: 5_000,
  patience: 10_000,
  checks: [checkEnds, checkComposites],
  always: [],
  producer: async (url, place) =>
    new StockProducer(url, place, new History(place.folder, 'producer'), new Random(place.seed, 2)),
};
