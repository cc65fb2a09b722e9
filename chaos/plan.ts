// The arguments of the tasks of a chaos run, and the lanes and quotas that its jobs use.
import type { QueueName } from './queues.js';

/** The behaviour of one run of `chaos.work`. */
export interface Plan {
  /** Different for each job. */
  name: string;
  /** How long it takes. */
  ms?: number;
  /** How long it keeps its process from anything else. */
  block?: number;
  fails?: boolean;
  failsAtFirst?: boolean;
  /** With its first claim; and it is not retried by its policy. */
  failsOnce?: boolean;
  /** It stops when it is told to. */
  heeds?: boolean;
  /** How many jobs it puts, or appends. */
  puts?: number;
  /** ms from their put before which those do not begin. */
  later?: number;
  once?: boolean;
  /** Its first run in each process closes its rate limits for so many ms. */
  closes?: number;
  /** Of the jobs that it puts: a key, and how the put goes on where it is taken. */
  keyed?: { key: string; whenTaken: 'keep' | 'after' };
}

/**
 * The jobs of the task `chaos.passes` that hand one handle on, one for each hop; the last uses the
 * handle.
 */
export interface Passing {
  name: string;
  hops: readonly Hop[];
  use: 'follow' | 'wait' | 'retry';
}

export interface Hop {
  queue: QueueName;
  lane: (typeof LANES)[number];
  /** It puts the next one, into any queue; else it goes on with it, in its own. */
  puts: boolean;
}

/** Two of them are keys of one quota (Q9). */
export const QUOTAS: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  'team/a': 1,
  'team/b': 1,
};
/** Rate limits: so many starts in so many ms. */
export const RATES: Readonly<Record<string, { max: number; duration: number }>> = {
  few: { max: 2, duration: 300 },
  some: { max: 6, duration: 1_000 },
};
export const LANES = ['main', 'side'] as const;

/**
 * The keys of the workload, by how they may be used. Of a key that is `single` at most one job is
 * unfinished; of one with `after` a second one may wait; of a `lasting` one there is one job ever;
 * those `in runs` are also the keys of jobs that tasks put.
 */
export const KEYS = {
  single: ['single0', 'single1', 'single2'],
  after: ['after0', 'after1'],
  lasting: Array.from({ length: 8 }, (_, i) => `lasting${i}`),
  'in runs': ['inRun0', 'inRun1'],
} as const;

/** The agents with which each worker begins, for each queue. */
export const AGENT = { name: 'main', size: 4, lanes: LANES } as const;
/** An agent that is added and removed while a worker runs. */
export const MORE_AGENT = 'more';
