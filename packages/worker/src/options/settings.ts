// The settings of a dispatcher: its options, checked and completed with the defaults.
import { checkOptions, InvalidArgumentError } from '@drover/core';
import {
  targetForThread,
  checkMs,
  timerDelay,
  toStoreOptions,
  type WorkerStore,
} from '@drover/core/internal';
import { pino } from 'pino';
import { toLog, type Log } from '../logging/log.js';
import { toAgents, type AgentSettings } from './agent-options.js';
import { dispatcherUuid } from './dispatcher-uuid.js';
import { keepOfNewQueue, toKeepCompleted, type KeptLimits } from './keep-completed.js';
import type { DispatcherOptions } from './options.js';
import { toTaskModules } from './task-modules.js';

export interface Settings {
  target: WorkerStore['target'];
  prefix: string;
  uuid: string;
  /** The option, variable or file that gave the UUID, in the words of a message. */
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
  /** ms */
  retention: number;
  signals: boolean;
  /** By queue. */
  keepCompleted: Readonly<Record<string, KeptLimits>>;
  /** Those of a queue that it serves later (D9). */
  keepOfNewQueue: KeptLimits;
  logger: Log;
}

const KNOWN = [
  ...['connection', 'prefix', 'uuid', 'queues', 'taskModules', 'pingInterval', 'deathInterval'],
  ...['maxBlock', 'maxDataBytes', 'takeover', 'signals', 'keepCompleted', 'retention'],
  'logger',
];

/** @throws InvalidArgumentError, which names the wrong option and says what it must be */
export function toSettings(options: DispatcherOptions): Settings {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError('a Dispatcher needs options');
  checkOptions('a dispatcher', options, KNOWN);
  const { takeover = 'auto', signals = true } = options;
  const storeOptions = toStoreOptions(options);
  targetForThread(storeOptions.target);
  if (takeover !== 'auto' && takeover !== 'force')
    throw new InvalidArgumentError("takeover must be 'auto' or 'force'");
  if (typeof signals !== 'boolean') throw new InvalidArgumentError('signals must be true or false');
  const agents = toAgents(options.queues);
  const taskModules = toTaskModules(options.taskModules, agents);
  const queues = Object.keys(options.queues);
  const { uuid, from: uuidFrom } = dispatcherUuid(options.uuid);
  return {
    ...storeOptions,
    uuid,
    uuidFrom,
    agents,
    queues,
    taskModules,
    ...toIntervals(options),
    takeover,
    retention: toRetention(options.retention),
    signals,
    keepCompleted: toKeepCompleted(options.keepCompleted, queues),
    keepOfNewQueue: keepOfNewQueue(options.keepCompleted),
    logger: toLog(options.logger === undefined ? pino() : options.logger, uuid),
  };
}

function toRetention(retention: unknown = 24 * 3_600_000): number {
  checkMs('retention', retention);
  return Math.min(Math.ceil(retention), Number.MAX_SAFE_INTEGER);
}

function toIntervals({
  pingInterval = 2_000,
  deathInterval = 10_000,
  maxBlock = 60_000,
}: DispatcherOptions) {
  for (const [name, value] of Object.entries({ pingInterval, deathInterval, maxBlock })) {
    if (typeof value !== 'number' || !(value >= 10))
      throw new InvalidArgumentError(`${name} must be at least 10 ms`);
    if (value > timerDelay(value))
      throw new InvalidArgumentError(
        `${name} must be at most ${timerDelay(value)} ms, some 24 days: no timer waits longer`,
      );
    if (!Number.isInteger(value))
      throw new InvalidArgumentError(`${name} must be a whole number of ms`);
  }
  if (deathInterval < 2 * pingInterval) {
    throw new InvalidArgumentError(
      `deathInterval (${deathInterval}) must be at least twice pingInterval (${pingInterval}), ` +
        'or one late ping would count as a death',
    );
  }
  return { pingInterval, deathInterval, maxBlock };
}
