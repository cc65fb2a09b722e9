// The ledger of a run of graphs: processes write to it, in one order, the jobs that they make, the
// bodies that begin and the jobs that they take out.
import type { Job } from '@drover/core';
import type { Redis } from 'ioredis';
import { taskRedis } from '../task-redis.js';

export type Entry =
  /**
   * A job was made with these arguments, to which so many are added when it runs. `last`: it is the
   * last step of that user.
   */
  | { what: 'made'; id: string; args: string; added: number; last?: string; queue?: string }
  /** A body begins, with these arguments. */
  | { what: 'began'; id: string; task: string; args: readonly string[] }
  /** A job was removed or pulled: that was acknowledged. */
  | { what: 'taken out'; id: string };

export interface Ledger {
  note(...entries: Entry[]): void | Promise<void>;
  read(): readonly Entry[] | Promise<readonly Entry[]>;
}

/** For jobs that run in this process. */
function inMemory(): Ledger {
  const all: Entry[] = [];
  return { note: (...entries) => void all.push(...entries), read: () => all };
}

/**
 * For jobs that run in other processes: a list in Redis, whose key they find in their environment.
 */
function inRedis(key: string): Ledger {
  let redis: Promise<Redis> | undefined;
  return {
    note: async (...entries) => {
      redis ??= taskRedis();
      await (await redis).rpush(key, ...entries.map((entry) => JSON.stringify(entry)));
    },
    read: async () => {
      redis ??= taskRedis();
      return (await (await redis).lrange(key, 0, -1)).map((line) => JSON.parse(line) as Entry);
    },
  };
}

export const LEDGER_KEY = 'RANDOM_HANDLES_LEDGER';
export let ledger: Ledger;
newLedger();

/** Begins a new ledger: in memory; where `$RANDOM_HANDLES_LEDGER` is set, under that key. */
export function newLedger(): void {
  const key = process.env[LEDGER_KEY];
  ledger = key === undefined ? inMemory() : inRedis(key);
}

/** A value as it is compared: of a job its id. */
export function shown(value: unknown): string {
  return JSON.stringify(plain(value)) ?? 'undefined';
}

function plain(value: unknown): unknown {
  if (isJob(value)) return `job ${value.id}`;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return { map: [...value].map(plain) };
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

export function isJob(value: unknown): value is Job {
  return typeof value === 'object' && value !== null && 'addCallback' in value && 'task' in value;
}
