// Checks the option `queues`, and completes its agents.
import { checkOptions, InvalidArgumentError } from '@drover/core';
import { checkName, MAIN_LANE, SYSTEM_LANE } from '@drover/core/internal';
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
  checkName('agent', name);
  const where = `queues.${queue}.${name}`;
  if (typeof agent !== 'object' || agent === null)
    throw new InvalidArgumentError(`${where} must be { size }`);
  checkOptions(where, agent, ['size', 'lanes', 'threads']);
  const { size = 1, lanes = [MAIN_LANE], threads } = agent as AgentOptions;
  if (name === SYSTEM_LANE)
    throw new InvalidArgumentError(`${where}: the name ${SYSTEM_LANE} is Drover's own`);
  if (!Number.isInteger(size) || size < 1)
    throw new InvalidArgumentError(`${where}.size must be a whole number, from 1`);
  return { queue, name, size, lanes: toLanes(where, lanes), threads: toThreads(where, threads) };
}

function toLanes(where: string, lanes: unknown): string[] {
  if (!Array.isArray(lanes) || lanes.length === 0) {
    throw new InvalidArgumentError(
      `${where}.lanes must be an array that names at least one lane: ['gpu']`,
    );
  }
  for (const lane of lanes) checkName('lane', lane);
  if (new Set(lanes).size < lanes.length)
    throw new InvalidArgumentError(`${where}.lanes names a lane twice`);
  return [...(lanes as string[])];
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
