// Selects agents of a dispatcher, by queue and name.
import type { LaneId } from './poll.js';

/** Selects agents. Default: all. */
export interface AgentFilter {
  queue?: string;
  /** The name of an agent: in `queue`, else in each queue that has one. */
  agent?: string;
}

export function isOf(of: Pick<LaneId, 'queue' | 'agent'>, { queue, agent }: AgentFilter): boolean {
  return (queue === undefined || of.queue === queue) && (agent === undefined || of.agent === agent);
}
