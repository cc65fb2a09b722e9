// The fleet as graphs of handles use it: it runs their jobs.
import type { Queue } from '@drover/core';
import type { Redis } from 'ioredis';
import { PULLED, QUEUES, TRIMMED } from './graphs.js';

/** Runs the jobs, and removes completed ones. */
export interface Fleet {
  queue(name: string): Queue;
  redis: Redis;
  prefix: string;
  /**
   * Looks once at what has completed in these queues, as retention does; resolves when all of it
   * is removed, or after so many ms.
   */
  trim(queues: readonly string[], within: number): Promise<void>;
  /** Is called when the last users are put: what disturbs the fleet may begin. */
  disturb?(): Promise<void>;
  /** Forgets what was written down before, where only this process writes. */
  startLedger(): void;
  /** How often a job may have been interrupted that is not stored any more. */
  mostInterrupts: number;
}

/** The queues of a fleet, by name. */
export const ALL_QUEUES: readonly string[] = [...QUEUES, TRIMMED, PULLED];
