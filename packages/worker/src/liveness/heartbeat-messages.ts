// What a lease and its thread share: memory, and messages (D2).
import type { RedisTarget, RedisErrorClass } from '@drover/core/internal';

/**
 * Times in the shared memory, in ns of the monotonic clock, which all threads of a process share.
 */
export const LeaseSlot = { MAIN_BEAT: 0, LAST_PING: 1, DEPOSED: 2 } as const;

export const NS_PER_MS = 1_000_000n;
export const toMs = (ns: bigint): number => Number(ns / NS_PER_MS);

/** What the thread is started with. */
export interface HeartbeatData {
  target: RedisTarget;
  prefix: string;
  uuid: string;
  epoch: number;
  /** The time just before the activation was sent, from `process.hrtime.bigint()`. */
  activatedAt: bigint;
  pingInterval: number;
  deathInterval: number;
  maxBlock: number;
  memory: SharedArrayBuffer;
}

/** What the thread tells the main loop. */
export type HeartbeatMessage =
  | { alive: true }
  | { overdue: string[] }
  | { deposed: true }
  | { blocked: number }
  | HeartbeatError;

/** Something went wrong in the thread; `errorClass`: what that says of Redis. */
export interface HeartbeatError {
  error: string;
  errorClass?: RedisErrorClass | undefined;
}
