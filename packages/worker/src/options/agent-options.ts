// Checks the option `queues`, and completes its agents.
import { checkOptions, InvalidArgumentError, type AgentChange } from '@drover/core';
import {
  checkAgentName,
  checkName,
  checkShare,
  checkTasksAreDefined,
  definedTasks,
  MAIN_LANE,
  toTaskNames,
} from '@drover/core/internal';
import type { AgentOptions, ThreadOptions } from './options.js';
import { toThreads } from './thread-options.js';

/** An agent of a queue, with all defaults. */
export interface AgentSettings {
  queue: string;
  name: string;
  size: number;
  /** Undefined: its tasks run in the main thread. */
  threads: ThreadOptions | undefined;
  lanes: readonly string[];
  /** The names of the tasks whose jobs alone it takes; undefined: all. */
  tasks?: readonly string[] | undefined;
}

/** @throws InvalidArgumentError, which names the queue, the agent and the option */
export function toAgents(queues: unknown): AgentSettings[] {
  if (typeof queues !== 'object' || queues === null || Object.keys(queues).length === 0) {
    throw new InvalidArgumentError(
      'queues must name at least one queue: { images: { main: { size: 10 } } }',
    );
  }
  return Object.entries(queues as Record<string, unknown>).flatMap(([queue, agents]) => {
    checkName('queue', queue);
    if (typeof agents !== 'object' || agents === null || Object.keys(agents).length === 0) {
      throw new InvalidArgumentError(
        `queues.${queue} must name at least one agent: { main: { size: 10 } }`,
      );
    }
    return Object.entries(agents as Record<string, unknown>).map(([name, agent]) =>
      toAgent(queue, name, agent),
    );
  });
}

function toAgent(queue: string, name: string, agent: unknown): AgentSettings {
  const where = checkAgentName('queues.', queue, name);
  if (typeof agent !== 'object' || agent === null)
    throw new InvalidArgumentError(`${where} must be { size }`);
  checkOptions(where, agent, ['size', 'lanes', 'tasks', 'threads']);
  const { size = 1, lanes = [MAIN_LANE], tasks = 'all', threads } = agent as AgentOptions;
  checkShare(where, { size, lanes }, 1);
  return {
    ...{ queue, name, size, lanes: [...lanes] },
    tasks: toTaskNames(where, tasks),
    threads: toThreads(where, threads),
  };
}

/**
 * @throws InvalidArgumentError, which names a task of an agent that this process has not defined.
 *   Of an agent with threads only these know their tasks
 */
export function checkTasksOf({ queue, name, tasks, threads }: AgentSettings, of: string): void {
  if (!threads) checkTasksAreDefined(`${of}${queue}.${name}`, tasks, definedTasks.names());
}

/**
 * An agent after a change: the given one, or a new one, which runs its tasks in the main thread
 * (D9).
 * @throws InvalidArgumentError
 */
export function changedAgent(
  former: AgentSettings | undefined,
  queue: string,
  name: string,
  change: unknown,
): AgentSettings {
  const where = checkAgentName('setAgent: ', queue, name);
  checkOptions(where, change, ['size', 'lanes', 'tasks']);
  const { size, lanes, tasks } = change as AgentChange;
  checkShare(where, { size, lanes }, 0);
  const changed: AgentSettings = {
    ...{ queue, name },
    size: size ?? former?.size ?? 1,
    lanes: [...(lanes ?? former?.lanes ?? [MAIN_LANE])],
    tasks: tasks === undefined ? former?.tasks : toTaskNames(where, tasks),
    threads: former?.threads,
  };
  checkTasksOf(changed, 'setAgent: ');
  return changed;
}

/** The lanes of a queue from which its agents claim, without the main lane. */
export function lanesServed(
  { agents }: { agents: readonly AgentSettings[] },
  queue: string,
): string[] {
  const lanes = agents.filter((agent) => agent.queue === queue).flatMap((agent) => agent.lanes);
  return [...new Set(lanes)].filter((lane) => lane !== MAIN_LANE);
}

/** All of these, as a record names them: `<queue>/<lane>`. */
export function lanesByQueue(settings: {
  agents: readonly AgentSettings[];
  queues: readonly string[];
}): string[] {
  return settings.queues.flatMap((queue) =>
    lanesServed(settings, queue).map((lane) => `${queue}/${lane}`),
  );
}
