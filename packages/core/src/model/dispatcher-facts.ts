// The facts about a dispatcher that any process can read (D10).

/** An agent, as the record of its dispatcher names it. */
export interface AgentFacts {
  queue: string;
  name: string;
  /** How many jobs it runs at a time. 0: it claims none. */
  size: number;
  /** The lanes from which it claims. */
  lanes: string[];
  /** The tasks whose jobs alone it takes (D9); undefined: all. */
  tasks?: string[];
  /** Whether its tasks run in worker threads (D7). */
  threads: boolean;
}

/** An agent of a dispatcher, and the number of its jobs. */
export interface AgentInfo extends AgentFacts {
  /** The jobs that ran when the dispatcher last pinged. Jobs that wait for others do not count. */
  running: number;
}

/** A death: a dispatcher found that this one had not pinged for its `deathInterval`. */
export interface DispatcherDeath {
  /** When it was found dead: ms since 1970. */
  at: number;
  /** The process that had its UUID then. */
  host: string;
  pid: number;
}

export type DispatcherState = 'active' | 'dead' | 'cleaning' | 'deactivated';

/** A dispatcher, as its record in Redis tells. All times are those of Redis's clock. */
export interface DispatcherInfo {
  uuid: string;
  /**
   * 'active': it pings. 'dead': it has not pinged for its `deathInterval`, and no sibling has begun
   * to clean up after it. 'cleaning': it has ended, and its jobs are being interrupted.
   * 'deactivated': it has ended, and holds no job.
   */
  status: DispatcherState;
  /** The number of its activation. */
  epoch: number;
  host: string;
  pid: number;
  /** Node's number of the thread that made it; 0 is the main one. */
  thread: number;
  versions: { drover: string; node: string };
  /** When it became active: ms since 1970. */
  activatedAt: number;
  /** When it pinged last: ms since 1970. */
  lastPing: number;
  /** Milliseconds from its activation to now; to its last ping where it has ended or is dead. */
  uptime: number;
  /** Milliseconds without a ping after which it is dead. */
  deathInterval: number;
  agents: AgentInfo[];
  /**
   * The names of the tasks that its process has defined. Modules that only the threads of its
   * agents import are not among them.
   */
  tasks: string[];
  /**
   * Milliseconds for which its main loop had been blocked at its last ping; 0: it ran. A task that
   * computes blocks it: no other job of the process goes on meanwhile.
   */
  blockedFor: number;
  /**
   * How often it was found dead, under its UUID, since there has been a record of it. A process
   * that was only paused, or cut off from Redis, counts too.
   */
  deaths: number;
  /** The last of these. Undefined: there was none. */
  lastDeath?: DispatcherDeath;
}
