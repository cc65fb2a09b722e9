// The options of a queue, and of a put.
import type { AvailabilityOptions } from '../redis/availability.js';
import type { RedisClient } from '../redis/connection.js';
import {
  checkPrefix,
  DEFAULT_PREFIX,
  redisTarget,
  type ConnectionInput,
  type RedisTarget,
} from '../redis/redis-target.js';
import { toMaxDataBytes } from '../codec/data-size.js';
import { InvalidArgumentError } from '../errors.js';
import { assertBullMqVersion } from '../store/bullmq/scripts/version.js';
import type { JobOptions } from '../model/job-options.js';
import type { Job } from '../job/job.js';
import type { Task } from '../task/task-types.js';

/** The options of a queue. */
export interface QueueOptions extends AvailabilityOptions {
  /**
   * A redis:// URL, ioredis options, or a client of ioredis 5 or later, which is copied. Default:
   * `$REDIS_URL` or redis://127.0.0.1:6379.
   */
  connection?: ConnectionInput;
  /**
   * Stands before every key. Default: `{drover}`; the braces keep all keys in one slot of a
   * Cluster.
   */
  prefix?: string;
  /**
   * The maximum size of the arguments of a job, in bytes of JSON. Default: 5 MiB. A dispatcher has
   * the same option for results.
   */
  maxDataBytes?: number;
  /** Called with each error of the connection, which reconnects by itself. Default: none. */
  onError?: (error: Error) => void;
  /**
   * Defaults for jobs that are put through this object: any options of a job (Q12). They hold where
   * the job and its task leave an option open. `retryPolicy`, `failureLogLevel` and `timeout` hold
   * for new jobs in its arguments too, such as parts. `meta` holds for jobs that belong to no run.
   * A `beginAfter` in ms counts from each put. `whenTaken` and `until` hold for jobs that have a
   * key. Default: none.
   */
  defaultJobOptions?: JobOptions;
  /**
   * Whether calls through this object, and through its handles, belong to no run (J6): its puts are
   * stored at once, also inside a task. For objects that several tasks share, such as a helper that
   * puts in batches. Default: false.
   */
  immediate?: boolean;
}

/** The options of a put: those of the jobs, and the time of the put. */
export interface PutOptions extends JobOptions {
  /**
   * Inside a running task: whether to store the jobs at once. Otherwise they are part of the run:
   * stored with its result, and dropped if it fails, is interrupted or loses its claim (J6).
   * Default: false; true where the queue is `immediate`.
   */
  immediate?: boolean;
}

/** The result of a put: the job, or the new job of the task. */
export type PutJob<P> = P extends Job ? P : P extends Task<[], infer R> ? Job<R> : never;

/** The connection of a dispatcher, for the queue that its tasks see as `local.getQueue()`. */
export interface SharedConnection {
  target: RedisTarget;
  client: RedisClient;
}

/** The options that a queue and a dispatcher have in common, checked and with their defaults. */
export interface StoreOptions {
  target: RedisTarget;
  prefix: string;
  maxDataBytes: number;
}

/**
 * @param target where Redis is, if that is known without `connection`
 * @throws InvalidArgumentError; UnsupportedError if another version of BullMQ is installed
 */
export function toStoreOptions(
  options: Pick<QueueOptions, 'connection' | 'prefix' | 'maxDataBytes'>,
  target = redisTarget(options.connection),
): StoreOptions {
  assertBullMqVersion();
  const { prefix = DEFAULT_PREFIX } = options;
  checkPrefix(prefix, target);
  return { target, prefix, maxDataBytes: toMaxDataBytes(options.maxDataBytes) };
}

/** The names of the options of a queue. */
export const QUEUE_OPTIONS: ReadonlySet<string> = new Set<keyof QueueOptions>([
  'connection',
  'prefix',
  'maxDataBytes',
  'onError',
  'defaultJobOptions',
  'immediate',
  'whenUnavailable',
  'unavailableTimeout',
]);

/** @throws InvalidArgumentError */
export function checkImmediate(immediate: unknown): asserts immediate is boolean {
  if (typeof immediate !== 'boolean')
    throw new InvalidArgumentError('immediate must be true or false');
}
