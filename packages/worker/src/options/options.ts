// The public options of a dispatcher.
import type { AgentTasks, ConnectionInput } from '@drover/core';
import type { Logger } from 'pino';
import type { ResourceLimits } from 'node:worker_threads';

/** An agent: from which lanes of its queue it claims, and how many jobs it runs at a time. */
export interface AgentOptions {
  /** How many jobs it runs at a time, in all its lanes together: a whole number. Default 1. */
  size?: number;
  /** The lanes from which it claims, in turn (Q6). Default `['main']`. */
  lanes?: readonly string[];
  /**
   * Takes only jobs of these tasks, given by name or as tasks: in their order, also from behind any
   * number of others, which keep their places (D9). Composites are jobs of the tasks
   * `drover.parallel` and `drover.serial`. The process must have defined them when it is activated,
   * unless the agent has threads. Default `'all'`.
   */
  tasks?: AgentTasks;
  /**
   * Runs each task in a worker thread, so that a task that computes does not block the others (D7).
   * The agent starts up to `size` threads. Needs `taskModules`. Default false.
   */
  threads?: boolean | ThreadOptions;
}

export interface ThreadOptions {
  /**
   * The memory limits of each thread, as node:worker_threads takes them. A job that needs more
   * fails. Default: no limit.
   */
  resourceLimits?: ResourceLimits;
  /**
   * Node's flags for each thread, such as `['--import', 'tsx']`. Flags of V8 and of the whole
   * process are refused. Default: the flags of the process.
   */
  execArgv?: readonly string[];
}

/** How many ended jobs of a queue are kept. */
export interface KeepLimits {
  /** Milliseconds since the end of a job. Infinity is no limit. Default: 7 days. */
  age?: number;
  /**
   * The number of the newest jobs. A composite counts as one job, and its parts are kept with it.
   * Infinity is no limit. Default: 10,000.
   */
  count?: number;
}

/**
 * Limits for each outcome: successes never push out failures, nor the other way round. `age` and
 * `count` hold for each outcome that has no such limit of its own.
 */
export interface KeepByOutcome extends KeepLimits {
  /** For jobs that have a value. */
  succeeded?: KeepLimits;
  /** For jobs that have a Failure. A composite has the outcome of its own result. */
  failed?: KeepLimits;
}

/** The same for all queues of a dispatcher, and for single ones. */
export interface KeepCompletedOptions extends KeepByOutcome {
  /** By the name of a queue: limits that come before those for all queues. */
  queues?: Record<string, KeepByOutcome>;
}

export interface DispatcherOptions {
  /**
   * A redis:// URL, ioredis options, or a client of ioredis 5 or later, of which the dispatcher
   * makes copies. Default: `$REDIS_URL`, else redis://127.0.0.1:6379.
   */
  connection?: ConnectionInput;
  /** The beginning of every Redis key. Default `{drover}`. */
  prefix?: string;
  /**
   * The UUID of this dispatcher, which outlives the process (D1). Default: `$DROVER_UUID`, a UUID
   * or the path of a file that contains one; else the file ./drover-uuid.txt. A missing file is
   * created on the first start.
   */
  uuid?: string;
  /** The agents by queue and by name: `{ images: { main: { size: 10 } } }`. */
  queues: Record<string, Record<string, AgentOptions>>;
  /**
   * The modules that define the tasks. Each thread of an agent with `threads` imports them. Paths
   * or `file:` URLs, such as `new URL('./tasks.js', import.meta.url)`. Default: none.
   */
  taskModules?: readonly (string | URL)[];
  /**
   * Milliseconds between pings, a whole number. At most 2^31 - 1, as the two below. Default 2,000
   * (D2).
   */
  pingInterval?: number;
  /**
   * Milliseconds without a ping after which siblings find this dispatcher dead, and interrupt its
   * jobs. At least twice `pingInterval`. Default 10,000 (D2).
   */
  deathInterval?: number;
  /**
   * Milliseconds for which the main loop may be blocked. After that the dispatcher stops pinging,
   * so that siblings find it dead. Default 60,000 (D2).
   */
  maxBlock?: number;
  /**
   * The largest size in bytes, as JSON, of a job's result, and of the arguments of a job that a
   * task puts. Default 5 MiB.
   */
  maxDataBytes?: number;
  /**
   * When to take over from another activation of the same UUID (D4). 'auto': when its process is
   * certainly gone. 'force': always. Default 'auto'.
   */
  takeover?: 'auto' | 'force';
  /**
   * Which completed jobs of its queues are kept (J9). Dispatchers remove the others within a
   * minute. If dispatchers of one queue differ, the strictest one decides. Default: those of the
   * last 7 days; of these the newest 10,000 that succeeded, and the newest 10,000 that failed.
   */
  keepCompleted?: KeepCompletedOptions;
  /**
   * Milliseconds for which the record of this dispatcher stays in Redis after it was deactivated,
   * where `Dispatchers` of @drover/core lists it (D10). Infinity: until it is forgotten. Default: a
   * day.
   */
  retention?: number;
  /** Whether SIGTERM and SIGINT deactivate it and then end the process (D6). Default true. */
  signals?: boolean;
  /** A pino logger, or an object with its methods. Default: pino to stdout at level info. */
  logger?: Logger;
}
