// Checks the size, the lanes and the tasks of an agent, as a dispatcher gets them from its options,
// from a later change, or from another process (D9).
import { InvalidArgumentError } from '../errors.js';
import { describeValue } from '../lib/describe-value.js';
import { checkName, SYSTEM_LANE } from '../lib/names.js';
import { checkWhole } from '../lib/whole-number.js';

/** Names of tasks, or tasks; 'all': of any task. */
export type AgentTasks = 'all' | readonly (string | { readonly name: string })[];

/** Changes of an agent. Everything that is not given stays as it is. */
export interface AgentChange {
  /**
   * How many jobs it runs at a time: a whole number, from 0. With 0 it claims no more jobs. Default
   * of a new agent: 1.
   */
  size?: number;
  /** The lanes from which it claims. Default of a new agent: `['main']`. */
  lanes?: readonly string[];
  /**
   * It takes only jobs of these tasks, in their order, also from behind any number of others.
   * Default of a new agent: `'all'`.
   */
  tasks?: AgentTasks;
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
  if (size !== undefined) checkWhole(`${where}.size`, size, { from: least });
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

/**
 * The names of an agent's tasks; undefined: all.
 * @param where names the agent in errors
 * @throws InvalidArgumentError
 */
export function toTaskNames(where: string, tasks: unknown): string[] | undefined {
  if (tasks === 'all') return undefined;
  if (!Array.isArray(tasks) || tasks.length === 0) {
    throw new InvalidArgumentError(
      `${where}.tasks must be 'all', or an array of at least one task, or the name of one: ` +
        "['images.resize']",
    );
  }
  const names = tasks.map((task: unknown) => {
    const name = typeof task === 'object' && task !== null && 'name' in task ? task.name : task;
    if (typeof name === 'string' && name !== '') return name;
    throw new InvalidArgumentError(
      `${where}.tasks must have tasks, or their names, not ${describeValue(task)}`,
    );
  });
  if (new Set(names).size < names.length)
    throw new InvalidArgumentError(`${where}.tasks names a task twice`);
  return names;
}

/**
 * @param where names the agent in errors
 * @param defined those that its process has defined
 * @throws InvalidArgumentError, which names a task that is unknown there
 */
export function checkTasksAreDefined(
  where: string,
  tasks: readonly string[] | undefined,
  defined: readonly string[],
): void {
  const unknown = tasks?.find((task) => !defined.includes(task));
  if (unknown === undefined) return;
  throw new InvalidArgumentError(
    `${where}.tasks: the task ${describeValue(unknown)} is not defined in the process of the ` +
      'dispatcher. Import its module there first',
  );
}
