// Checks the size and the lanes of an agent, as a dispatcher gets them from its options, from a
// later change, or from another process (D9).
import { InvalidArgumentError } from '../errors.js';
import { checkName, SYSTEM_LANE } from '../lib/names.js';

/** Changes of an agent. Everything that is not given stays as it is. */
export interface AgentChange {
  /**
   * How many jobs it runs at a time: a whole number, from 0. With 0 it claims no more jobs. Default
   * of a new agent: 1.
   */
  size?: number;
  /** The lanes from which it claims. Default of a new agent: `['main']`. */
  lanes?: readonly string[];
}

/**
 * Checks the names of an agent and its queue.
 * @param of begins the name of the agent in errors: 'queues.'
 * @returns how errors name the agent: 'queues.images.main'
 * @throws InvalidArgumentError
 */
export function checkAgentName(of: string, queue: unknown, agent: unknown): string {
  checkName('queue', queue);
  checkName('agent', agent);
  const where = `${of}${queue}.${agent}`;
  if (agent === SYSTEM_LANE)
    throw new InvalidArgumentError(`${where}: the name ${SYSTEM_LANE} is Drover's own`);
  return where;
}

/**
 * @param where names the agent in errors
 * @param least the smallest size
 * @throws InvalidArgumentError
 */
export function checkShare(
  where: string,
  { size, lanes }: { size?: unknown; lanes?: unknown },
  least: 0 | 1,
): void {
  if (size !== undefined && !(Number.isInteger(size) && (size as number) >= least))
    throw new InvalidArgumentError(`${where}.size must be a whole number, from ${least}`);
  if (lanes !== undefined) checkLanes(where, lanes);
}

function checkLanes(where: string, lanes: unknown): void {
  if (!Array.isArray(lanes) || lanes.length === 0) {
    throw new InvalidArgumentError(
      `${where}.lanes must be an array that names at least one lane: ['gpu']`,
    );
  }
  for (const lane of lanes) checkName('lane', lane);
  if (new Set(lanes).size < lanes.length)
    throw new InvalidArgumentError(`${where}.lanes names a lane twice`);
}
