// The records of dispatchers as dispatchers use them: the promise of each call, whatever database
// keeps them. Every call may be repeated.
import type { AgentFacts } from './dispatcher-facts.js';

/**
 * The process of a dispatcher. By these facts another process on the same host knows whether that
 * process, or its thread, is certainly gone (D4).
 */
export interface ProcessIdentity {
  host: string;
  /** Differs between hosts, and between containers that see other processes. */
  hostIdentity: string;
  pid: number;
  /** Differs between processes that have the same pid one after the other. */
  processIdentity: string;
  /** The number that Node.js gives the thread: 0 is the main one. For messages. */
  thread: number;
  /** The host's id of the thread with its start time; empty where the host has none. */
  threadIdentity: string;
  /** Differs between copies of the package, and realms as in test runners, in one thread. */
  moduleIdentity: string;
}

/** Another process is active under the same UUID. */
export interface ActiveElsewhere extends ProcessIdentity {
  epoch: number;
  /** ms since its last ping. */
  age: number;
  /** ms until its lease expires. */
  msUntilDead: number;
}

/** `queues`: its own queues, and those where earlier activations may have left jobs. */
export type ActivateReply = { epoch: number; queues: string[] } | { elsewhere: ActiveElsewhere };

/** The load of a process, which its dispatcher sends with each ping (D10). */
export interface Load {
  /** JSON of the numbers of running jobs: `{ "<queue>": { "<agent>": 3 } }`. */
  running: string;
  /** ms for which the main loop has not run; 0: it runs. */
  blockedFor: number;
}

/** The agents and tasks of a dispatcher, as its record names them. */
export interface SelfDescription {
  agents: readonly AgentFacts[];
  /** The names of the tasks that the process has defined. */
  tasks: readonly string[];
}

/**
 * `overdue`: dispatchers whose lease has expired. `hasWishes`: other processes wish a change (D9).
 * `deposed`: this activation has ended.
 */
export type PingReply = { overdue: string[]; hasWishes: boolean } | { deposed: true };

/** A wish of another process for a dispatcher (D9). */
export type Wish =
  | {
      kind: 'setAgent';
      queue: string;
      agent: string;
      size?: number;
      lanes?: string[];
      tasks?: string[] | 'all';
    }
  | { kind: 'removeAgent'; queue: string; agent: string }
  /** `grace`: ms. */
  | { kind: 'drain'; grace: number };

/** A cleanup that has begun. */
export interface Cleaning {
  epoch: number;
  /** This call found it dead, not an earlier attempt. */
  newlyDead: boolean;
  host: string;
  pid: number;
  /** ms since its last ping. */
  age: number;
  /** The queues that it served. */
  queues: string[];
}

/** Facts of an activation that a server may have lost. */
export interface ActivationFacts {
  /** The lanes that its agents serve, `<queue>/<lane>`, beside the main lanes. */
  lanes?: readonly string[];
  /** The last epoch of this process. Default: 0. */
  lastEpoch?: number;
  /** Default: none. */
  about?: SelfDescription;
  /** ms for which the record stays after the end of the activation (D10). Default: a day. */
  retention?: number;
}

/** The records of dispatchers: their epochs, their leases, and the cleanups after them. */
export interface ActivationStore {
  /**
   * Makes this process the active one, unless another one is.
   * @param takeover 'force': although another one is; a number: although that epoch is the active
   *   one, since its process is certainly gone
   */
  activate(
    uuid: string,
    process: ProcessIdentity,
    deathInterval: number,
    queues: readonly string[],
    takeover: 'force' | number | undefined,
    facts?: ActivationFacts,
  ): Promise<ActivateReply>;
  /** Renews the lease of an activation (D2), and stores its load (D10). */
  ping(uuid: string, epoch: number, load?: Load): Promise<PingReply>;
  /**
   * Stores changed agents and tasks of an activation. Queues and lanes are added to those of its
   * record. False: the activation has ended.
   * @param done the wishes that are done, from the first one on: they go
   */
  describe(
    uuid: string,
    epoch: number,
    about: SelfDescription,
    served: { queues: readonly string[]; lanes: readonly string[] },
    done?: { taken: number; count: number },
  ): Promise<boolean>;
  /**
   * The wishes for a dispatcher, the first one first; undefined in the place of a damaged one.
   * `taken`: how many were done before them.
   */
  wishes(uuid: string): Promise<{ taken: number; wishes: (Wish | undefined)[] }>;
  /** Forgets dispatchers that were deactivated longer ago than their `retention` (D10). */
  forgetEnded(): Promise<void>;
  /**
   * Begins a cleanup after an own activation, or after a dispatcher whose lease has expired.
   * @param lease ms after which another cleaner may begin
   * @returns undefined where there is nothing to clean up
   */
  beginCleaning(
    uuid: string,
    epoch: number | 'overdue',
    cleaner: string,
    lease: number,
  ): Promise<Cleaning | undefined>;
  /**
   * Ends a cleanup, unless the record has moved on. False: the dispatcher has come to own another
   * job meanwhile, which is to be interrupted first.
   */
  endCleaning(uuid: string, epoch: number): Promise<boolean>;
  /** The status and epoch in a dispatcher's record. */
  read(uuid: string): Promise<{ status: string; epoch: number } | undefined>;
}
