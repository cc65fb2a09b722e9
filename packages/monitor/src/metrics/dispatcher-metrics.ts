// Exports what a dispatcher does as metrics of its own process.
import { checkOptions, InvalidArgumentError } from '@drover/core';
import { Registry } from 'prom-client';
import { labelLimit } from './label-limit.js';
import { gaugeProcess, PROCESS_METRICS } from './process-metrics.js';
import { checkFree, unregister } from './registering.js';
import { countRuns, RUN_METRICS } from './run-metrics.js';
import type { WatchedDispatcher } from './watched-dispatcher.js';

export interface DispatcherMetricsOptions {
  /** A registry of prom-client 15. Default: a new one. */
  register?: Registry;
  /** So many tasks are values of the label `task`; the rest counts as `other`. Default: 100. */
  maxTasks?: number;
}

export interface DispatcherMetrics {
  readonly register: Registry;
  /** Counts no more, and takes the metrics out of the register. */
  close(): void;
}

const NAMES = [...RUN_METRICS, ...PROCESS_METRICS];

/**
 * Registers the metrics of one dispatcher, and counts what it does from now on: call it before
 * `activate`. It asks Redis nothing.
 * @param dispatcher a `Dispatcher` of @drover/worker
 * @throws InvalidArgumentError for a wrong option, or a register that has such metrics
 */
export function dispatcherMetrics(
  dispatcher: WatchedDispatcher,
  options: DispatcherMetricsOptions = {},
): DispatcherMetrics {
  checkOptions('dispatcherMetrics', options, ['register', 'maxTasks']);
  const { register = new Registry(), maxTasks = 100 } = options;
  if (!Number.isInteger(maxTasks) || maxTasks < 0)
    throw new InvalidArgumentError('maxTasks must be a whole number, from 0');
  checkDispatcher(dispatcher);
  checkFree(register, NAMES, 'each dispatcher');
  const stops = [
    countRuns(dispatcher, { register, taskLabel: labelLimit(maxTasks) }),
    gaugeProcess(dispatcher, register),
  ];
  return {
    register,
    close() {
      for (const stop of stops) stop();
      unregister(register, NAMES);
    },
  };
}

/** @throws InvalidArgumentError */
export function checkDispatcher(dispatcher: unknown): void {
  const { health, agents } = (dispatcher ?? {}) as Partial<WatchedDispatcher>;
  if (typeof health === 'function' && typeof agents === 'function') return;
  throw new InvalidArgumentError('dispatcher must be a Dispatcher of @drover/worker');
}
