// The gauges of a worker: its slots, and how late its event loop is.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { AgentInfo } from '@drover/core';
import { Gauge, type Registry } from 'prom-client';
import type { WatchedDispatcher } from './watched-dispatcher.js';

const SLOTS = 'drover_agent_slots';
const USED = 'drover_agent_slots_used';
const LAG = 'drover_event_loop_lag_seconds';
export const PROCESS_METRICS = [SLOTS, USED, LAG];

/** Ms between two looks at the event loop. */
const RESOLUTION = 10;
const QUANTILES = [0.5, 0.99, 1];
const NS = 1e9;

/** @returns how to stop */
export function gaugeProcess(dispatcher: WatchedDispatcher, register: Registry): () => void {
  const registers = [register];
  const agents = (name: string, help: string, value: (agent: AgentInfo) => number): Gauge =>
    new Gauge({
      ...{ name, help, labelNames: ['queue', 'agent'], registers },
      collect() {
        this.reset();
        for (const agent of dispatcher.agents())
          this.set({ queue: agent.queue, agent: agent.name }, value(agent));
      },
    });
  agents(SLOTS, 'The size of an agent.', ({ size }) => size);
  agents(USED, 'Jobs that an agent runs.', ({ running }) => running);

  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  new Gauge({
    ...{ name: LAG, labelNames: ['quantile'], registers },
    help: 'How late the event loop was since the last scrape; quantile 1: at most.',
    collect() {
      for (const quantile of QUANTILES) {
        // Each delay has the time between two looks in it.
        const late = delays.count > 0 ? delays.percentile(quantile * 100) - RESOLUTION * 1e6 : 0;
        this.set({ quantile: String(quantile) }, Math.max(0, late) / NS);
      }
      delays.reset();
    },
  });
  return () => void delays.disable();
}
