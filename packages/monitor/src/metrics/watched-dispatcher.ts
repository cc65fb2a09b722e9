// A dispatcher of @drover/worker, as far as the metrics and the probes use it: this package imports
// @drover/core alone, and a producer that looks at its fleet needs no worker.
import type { AgentInfo } from '@drover/core';

export interface WatchedDispatcher {
  health(): { live: boolean; ready: boolean; reasons: readonly string[] };
  agents(): AgentInfo[];
  on(event: string, listener: (...args: never[]) => void): unknown;
  off(event: string, listener: (...args: never[]) => void): unknown;
}

/** About a run. Times in ms. */
export interface RunEvent {
  job: { readonly task: string };
  queue: string;
  waited: number | undefined;
  duration: number | undefined;
}

/** What the listeners of a dispatcher get. */
export interface WatchedEvents {
  started: RunEvent;
  completed: RunEvent;
  failed: RunEvent & { failure: { name: string } };
  retried: RunEvent;
  reassigned: RunEvent;
  interrupted: { task: string; queue: string };
  died: object;
}
