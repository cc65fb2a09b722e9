// What the record of a dispatcher says of its agents and tasks (D10).
import type { AgentFacts } from '@drover/core';
import { definedTasks } from '@drover/core/internal';
import type { AgentSettings } from './agent-options.js';

/** Tasks that only the modules of worker threads define are unknown here. */
export function selfDescription(agents: readonly AgentSettings[]): {
  agents: AgentFacts[];
  tasks: string[];
} {
  return {
    agents: agents.map(toFacts),
    tasks: definedTasks.names(),
  };
}

export function toFacts({ queue, name, size, lanes, tasks, threads }: AgentSettings): AgentFacts {
  return {
    ...{ queue, name, size },
    lanes: [...lanes],
    ...(tasks && { tasks: [...tasks] }),
    threads: threads !== undefined,
  };
}
