// Which agents serve a lane.
import type { AgentInfo, DispatcherInfo } from '@drover/core';
import { SYSTEM_LANE } from '../text/recovery-names.js';

/** The agents of active dispatchers that claim from a lane. */
export function servingAgents(
  dispatchers: readonly DispatcherInfo[],
  queue: string,
  lane: string,
): AgentInfo[] {
  return dispatchers
    .filter(({ status }) => status === 'active')
    .flatMap(({ agents }) => agents.filter((agent) => serves(agent, queue, lane)));
}

function serves(agent: AgentInfo, queue: string, lane: string): boolean {
  if (agent.queue !== queue) return false;
  return lane === SYSTEM_LANE || (agent.size > 0 && agent.lanes.includes(lane));
}
