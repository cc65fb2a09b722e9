// What the read model reads from: the queues and dispatchers under one prefix.
import type { DispatcherInfo, Dispatchers, Queue } from '@drover/core';

export interface Sources {
  readonly prefix: string;
  readonly dispatchers: Dispatchers;
  /** The names of all queues, sorted. */
  queueNames(): Promise<string[]>;
  queue(name: string): Queue;
  /** Redis's clock: ms since 1970. */
  now(): Promise<number>;
}

/** A dispatcher, and the time since its last ping. */
export interface DispatcherState extends DispatcherInfo {
  /** Milliseconds. */
  pingAge: number;
}
