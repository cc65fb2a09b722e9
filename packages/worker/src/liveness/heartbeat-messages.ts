// The memory and the messages that a lease shares with its heartbeat thread (D2).
import type { RedisErrorClass, WorkerStore } from '@drover/core/internal';

/**
 * The slots of the shared memory: two times, in ns of the monotonic clock, which is the same in all
 * threads; and DEPOSED, 0 or 1.
 */
export const LeaseSlot = { MAIN_BEAT: 0, LAST_PING: 1, DEPOSED: 2 } as const;

/** A busy host may wake a thread so many ms late. */
const BEAT_DELAY = 250;

export const NS_PER_MS = 1_000_000n;
export const toMs = (ns: bigint): number => Number(ns / NS_PER_MS);

/** What the thread needs to ping for one lease. */
export interface HeartbeatData {
  target: WorkerStore['target'];
  prefix: string;
  uuid: string;
  epoch: number;
  /** The time just before the activation was sent, from `process.hrtime.bigint()`. */
  activatedAt: bigint;
  pingInterval: number;
  deathInterval: number;
  maxBlock: number;
  memory: SharedArrayBuffer;
  /** Ms between two beats of the main loop. */
  beatInterval: number;
  /** The running jobs of each agent, JSON: the thread does not see the main loop (D10). */
  running: string;
}

/** Ms for which the main loop has not run; 0: it is on time. */
export function blockedFor(now: bigint, lastBeat: bigint, beatInterval: number): number {
  const silent = toMs(now - lastBeat);
  return silent > 2 * beatInterval + BEAT_DELAY ? silent : 0;
}

/** To the thread, about the lease of that number. A thread pings for all leases of its process. */
export type HeartbeatOrder = { lease: number } & (
  | { begin: HeartbeatData }
  /** The running jobs, when they have changed. */
  | { running: string }
  | { end: true }
);

/** From the thread to the main loop, about the lease of that number. */
export interface HeartbeatReport {
  lease: number;
  /** `ended`: it pings no more for that lease, and no message about it follows. */
  message: HeartbeatMessage | { ended: true };
}

/** About a lease. */
export type HeartbeatMessage =
  /** The first ping of the thread succeeded. */
  | { alive: true }
  /** The UUIDs of siblings that are dead. */
  | { overdue: string[] }
  /** Other processes wish a change of this dispatcher (D9). */
  | { hasWishes: true }
  | { deposed: true }
  /** Ms for which the main loop has been blocked. */
  | { blocked: number }
  | HeartbeatError;

/** An error in the thread. `errorClass`: undefined if it is not an error of Redis. */
export interface HeartbeatError {
  error: string;
  errorClass?: RedisErrorClass | undefined;
}
