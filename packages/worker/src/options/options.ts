// The options of a dispatcher, checked and completed.
import { InvalidArgumentError, type ConnectionInput } from '@drover/core';
import {
  checkName,
  checkPrefix,
  targetForThread,
  redisTarget,
  DEFAULT_PREFIX,
  LONGEST_TIMER,
  MAIN_LANE,
  refuseUnknownOptions,
  SYSTEM_LANE,
  toMaxDataBytes,
  type RedisTarget,
  type KeepCompleted,
} from '@drover/core/internal';
import { pino, type Logger } from 'pino';
import type { ResourceLimits } from 'node:worker_threads';
import { dispatcherUuid } from './dispatcher-uuid.js';
import { toLog, type Log } from '../logging/log.js';
import { toTaskModules, toThreads } from './thread-options.js';

/** What an agent takes from its queue. */
export interface AgentOptions {
  /** Jobs at a time, in all of its lanes together. Default 1. */
  size?: number;
  /** The lanes that it serves, in turn (Q6). Default: `['main']`. */
  lanes?: readonly string[];
  /**
   * Runs each task in a worker thread, so that one that computes holds up no other; up to `size`
   * threads (D7). Needs `taskModules`. Default false.
   */
  threads?: boolean | ThreadOptions;
}

export interface ThreadOptions {
  /**
   * How much memory each thread may use, as node:worker_threads takes it. A job that needs more
   * fails. Default: no limit.
   */
  resourceLimits?: ResourceLimits;
  /**
   * The flags of Node for each thread, such as `['--import', 'tsx']`; none of V8, and none that
   * affect the process as a whole. Default: those that the process was started with.
   */
  execArgv?: readonly string[];
}

export interface DispatcherOptions {
  /**
   * A redis:// URL, ioredis options, or a client of ioredis 5 or later, which is copied. Default:
   * `$REDIS_URL` or redis://127.0.0.1:6379.
   */
  connection?: ConnectionInput;
  /** Stands before every key. Default: `{drover}`. */
  prefix?: string;
  /**
   * Default: `$DROVER_UUID` (a UUID, or a file that holds one), else ./drover-uuid.txt, made on the
   * first start (D1).
   */
  uuid?: string;
  /** Queue → agent name → agent. */
  queues: Record<string, Record<string, AgentOptions>>;
  /**
   * The modules that define the tasks, for agents with `threads`: each thread imports them. `file:`
   * URLs or paths, such as `new URL('./tasks.js', import.meta.url)`. Default: none.
   */
  taskModules?: readonly (string | URL)[];
  /**
   * Milliseconds between pings, a whole number. At most 2^31 - 1, as the two below. Default 2,000
   * (D2).
   */
  pingInterval?: number;
  /** Milliseconds without a ping after which a dispatcher is dead. Default 10,000 (D2). */
  deathInterval?: number;
  /**
   * Milliseconds for which the main loop may be blocked before the process counts as dead. Default
   * 60,000 (D2).
   */
  maxBlock?: number;
  /**
   * How many bytes the result of a job may take, and the arguments of a job that a task makes, as
   * JSON. Default 5 MiB.
   */
  maxDataBytes?: number;
  /**
   * 'auto': take over from a process that is certainly gone; 'force': from any (D4). Default
   * 'auto'.
   */
  takeover?: 'auto' | 'force';
  /**
   * What is kept of the completed jobs of its queues: those that ended less than `age` ms ago, and
   * the newest `count` of each queue; Infinity for no limit. A composite counts once, with its
   * parts. Dispatchers of one queue should agree: the strictest one decides. Default: 7 days and
   * 10,000 (J9).
   */
  keepCompleted?: Partial<KeepCompleted>;
  /** Whether SIGTERM and SIGINT deactivate it and end the process (D6). Default true. */
  signals?: boolean;
  /** A pino logger, or one with its methods. Default: pino at level info, to standard output. */
  logger?: Logger;
}

/** An agent of a queue. */
export interface AgentSettings {
  queue: string;
  name: string;
  size: number;
  /** Undefined: its tasks run in the main thread. */
  threads: ThreadOptions | undefined;
  lanes: readonly string[];
}

/** The options with all defaults, checked. */
export interface Settings {
  target: RedisTarget;
  prefix: string;
  uuid: string;
  /** Where the UUID is from, as a message says it. */
  uuidFrom: string;
  agents: AgentSettings[];
  queues: string[];
  /** As URLs. */
  taskModules: string[];
  pingInterval: number;
  deathInterval: number;
  maxBlock: number;
  maxDataBytes: number;
  takeover: 'auto' | 'force';
  signals: boolean;
  keepCompleted: KeepCompleted;
  logger: Log;
}

const KNOWN = new Set(
  'connection prefix uuid queues taskModules pingInterval deathInterval maxBlock maxDataBytes takeover signals keepCompleted logger'.split(
    ' ',
  ),
);

/** @throws InvalidArgumentError, which names what is wrong and what it must be. */
export function toSettings(options: DispatcherOptions): Settings {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError('a Dispatcher needs options');
  refuseUnknownOptions('a dispatcher', options, KNOWN);
  const { connection, prefix = DEFAULT_PREFIX, takeover = 'auto', signals = true } = options;
  const target = redisTarget(connection);
  checkPrefix(prefix, target);
  targetForThread(target);
  if (takeover !== 'auto' && takeover !== 'force')
    throw new InvalidArgumentError("takeover must be 'auto' or 'force'");
  if (typeof signals !== 'boolean') throw new InvalidArgumentError('signals must be true or false');
  const agents = toAgents(options.queues);
  const taskModules = toTaskModules(options.taskModules, agents);
  const { uuid, from: uuidFrom } = dispatcherUuid(options.uuid);
  return {
    target,
    prefix,
    uuid,
    uuidFrom,
    agents,
    queues: Object.keys(options.queues),
    taskModules,
    ...toIntervals(options),
    maxDataBytes: toMaxDataBytes(options.maxDataBytes),
    takeover,
    signals,
    keepCompleted: toKeepCompleted(options.keepCompleted),
    logger: toLog(options.logger === undefined ? pino() : options.logger, uuid),
  };
}

function toAgents(queues: unknown): AgentSettings[] {
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
  const { size = 1, lanes = [MAIN_LANE], threads, ...unknown } = agent as AgentOptions;
  refuseUnknownOptions(where, unknown);
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

const WEEK = 7 * 24 * 3_600_000;

function toKeepCompleted(keep: unknown = {}): KeepCompleted {
  if (typeof keep !== 'object' || keep === null)
    throw new InvalidArgumentError('keepCompleted must be { age, count }');
  const { age = WEEK, count = 10_000, ...unknown } = keep as Partial<KeepCompleted>;
  refuseUnknownOptions('keepCompleted', unknown);
  if (!(typeof age === 'number' && age >= 0))
    throw new InvalidArgumentError('keepCompleted.age must be a number of ms that is not negative');
  if (!(Number.isInteger(count) || count === Infinity) || count < 0)
    throw new InvalidArgumentError(
      'keepCompleted.count must be a whole number, from 0, or Infinity',
    );
  return { age, count };
}

function toIntervals({
  pingInterval = 2_000,
  deathInterval = 10_000,
  maxBlock = 60_000,
}: DispatcherOptions) {
  for (const [name, value] of Object.entries({ pingInterval, deathInterval, maxBlock })) {
    if (typeof value !== 'number' || !(value >= 10))
      throw new InvalidArgumentError(`${name} must be at least 10 ms`);
    if (value > LONGEST_TIMER)
      throw new InvalidArgumentError(
        `${name} must be at most ${LONGEST_TIMER} ms, some 24 days: no timer waits longer`,
      );
    if (!Number.isInteger(value))
      throw new InvalidArgumentError(`${name} must be a whole number of ms`);
  }
  if (deathInterval < 2 * pingInterval) {
    throw new InvalidArgumentError(
      `deathInterval (${deathInterval}) must be at least twice pingInterval (${pingInterval}): one late ping is no death`,
    );
  }
  return { pingInterval, deathInterval, maxBlock };
}

/** The lanes of a queue that its agents serve, beside the main lane. */
export function lanesServed({ agents }: Pick<Settings, 'agents'>, queue: string): string[] {
  const lanes = agents.filter((agent) => agent.queue === queue).flatMap((agent) => agent.lanes);
  return [...new Set(lanes)].filter((lane) => lane !== MAIN_LANE);
}
