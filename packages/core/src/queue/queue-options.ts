// What users say of a queue, and of a put.
import type { AvailabilityOptions } from '../redis/availability.js';
import type { RedisClient } from '../redis/connection.js';
import type { ConnectionInput, RedisTarget } from '../redis/redis-target.js';
import { InvalidArgumentError } from '../errors.js';
import type { JobDefaults, JobOptions } from '../model/job-options.js';
import type { Job } from '../job/job.js';
import type { Task } from '../task/task-types.js';

/** Where a queue is. */
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
   * How many bytes the arguments of a job may take, as JSON. Default: 5 MiB. Results: the
   * dispatcher's option.
   */
  maxDataBytes?: number;
  /** Called with each error of the connection, which goes on trying. Default: nothing is done. */
  onError?: (error: Error) => void;
  /**
   * For the jobs that are put through this object, and the new jobs among their arguments, such as
   * a composite's parts: what neither the job nor its task says. Default: nothing.
   */
  defaultJobOptions?: JobDefaults;
  /**
   * Whether what is done through this object, and through the handles that it gives, belongs to no
   * run (J6): what is put is stored at once, whichever task calls. For what several tasks share,
   * such as a helper that puts in batches. Default: false.
   */
  immediate?: boolean;
}

/** How to put jobs: their options, and when. */
export interface PutOptions extends JobOptions {
  /**
   * Inside a running task: store them at once. Default: they are part of the task's job, and stored
   * with its result; not at all when it fails, is interrupted or has lost its claim (J6). Default:
   * false; true where the queue is `immediate`.
   */
  immediate?: boolean;
}

/** What a put gives: the job, or the job of the task. */
export type PutJob<P> = P extends Job ? P : P extends Task<[], infer R> ? Job<R> : never;

/**
 * How a dispatcher makes the queue that its tasks see as `local.getQueue()`, on the dispatcher's
 * own connection.
 */
export interface SharedConnection {
  target: RedisTarget;
  client: RedisClient;
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
