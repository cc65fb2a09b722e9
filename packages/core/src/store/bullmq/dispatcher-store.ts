// The records of dispatchers: the epoch of each, whether it is active, and whether a cleanup after
// it is under way.
import type { RedisClient } from '../../redis/connection.js';
import { isNames, orUndefined, parsed } from './record-checks.js';
import { DispatcherKeys } from './keys.js';
import { runScript } from './scripts/run-script.js';

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
  /** Milliseconds since its last ping. */
  age: number;
  /** Milliseconds until its lease expires. */
  msUntilDead: number;
}

/** `queues`: its own queues, and those where earlier activations may have left jobs. */
export type ActivateReply = { epoch: number; queues: string[] } | { elsewhere: ActiveElsewhere };

/** `overdue`: dispatchers whose lease has expired. `deposed`: this activation has ended. */
export type PingReply = { overdue: string[] } | { deposed: true };

/** A cleanup that has begun. */
export interface Cleaning {
  epoch: number;
  /** This call found it dead, not an earlier attempt. */
  newlyDead: boolean;
  host: string;
  pid: number;
  /** Milliseconds since its last ping. */
  age: number;
  /** The queues that it served. */
  queues: string[];
}

/** Facts of an activation that a server may have lost. */
interface ActivationFacts {
  /** The lanes that its agents serve, `<queue>/<lane>`, beside the main lanes. */
  lanes?: readonly string[];
  /** The last epoch of this process. Default: 0. */
  lastEpoch?: number;
}

export class DispatcherStore {
  readonly keys: DispatcherKeys;

  constructor(
    private readonly client: RedisClient,
    readonly prefix: string,
  ) {
    this.keys = new DispatcherKeys(prefix);
  }

  /**
   * Makes this process the active one, unless another one is.
   * @param takeover 'force': although another one is; a number: although that epoch is the active
   *   one, since its process is certainly gone
   */
  async activate(
    uuid: string,
    process: ProcessIdentity,
    deathInterval: number,
    queues: readonly string[],
    takeover: 'force' | number | undefined,
    { lanes = [], lastEpoch = 0 }: ActivationFacts = {},
  ): Promise<ActivateReply> {
    const { host, hostIdentity, pid, processIdentity } = process;
    const args = [
      uuid,
      ...[host, hostIdentity, pid, processIdentity],
      ...[process.thread, process.threadIdentity, process.moduleIdentity],
      deathInterval,
      JSON.stringify(queues),
      this.keys.channel,
      takeover ?? '',
      this.#root,
      JSON.stringify(lanes),
      lastEpoch,
    ];
    const reply = (await runScript(this.client, 'activate', this.#keys(uuid), args)) as (
      string | number | null
    )[];
    if (reply[0] === 1) return { epoch: Number(reply[1]), queues: queuesOf(reply[2]) };
    const [age, epoch, msUntilDead] = reply.slice(1, 4).map(Number) as [number, number, number];
    return { elsewhere: { age, epoch, msUntilDead, ...identityOf(reply.slice(4)) } };
  }

  async ping(uuid: string, epoch: number): Promise<PingReply> {
    const reply = await runScript(this.client, 'ping', this.#keys(uuid), [uuid, epoch]);
    const [isActive, ...overdue] = reply as (string | number)[];
    return isActive === 1 ? { overdue: overdue.map(String) } : { deposed: true };
  }

  /**
   * Begins a cleanup after an own activation, or after a dispatcher whose lease has expired.
   * @param lease ms after which another cleaner may begin
   * @returns undefined where there is nothing to clean up
   */
  async beginCleaning(
    uuid: string,
    epoch: number | 'overdue',
    cleaner: string,
    lease: number,
  ): Promise<Cleaning | undefined> {
    const ended = epoch === 'overdue' ? '' : epoch;
    const args = [uuid, ended, cleaner, lease, this.keys.channel, this.#root];
    const reply = (await runScript(this.client, 'beginCleaning', this.#keys(uuid), args)) as
      (string | number)[] | null;
    if (!reply) return undefined;
    const [found, status, host, pid, age, queues] = reply;
    return {
      epoch: Number(found),
      newlyDead: status === 'active',
      host: String(host),
      pid: Number(pid),
      age: Number(age),
      queues: queuesOf(queues),
    };
  }

  /**
   * Ends a cleanup, unless the record has moved on. False: the dispatcher has come to own another
   * job meanwhile, which is to be interrupted first.
   */
  async endCleaning(uuid: string, epoch: number): Promise<boolean> {
    const args = [uuid, epoch, this.keys.channel];
    return (await runScript(this.client, 'endCleaning', this.#keys(uuid), args)) !== 2;
  }

  /** The status and epoch in a dispatcher's record. */
  async read(uuid: string): Promise<{ status: string; epoch: number } | undefined> {
    const [status, epoch] = await this.client.hmget(this.keys.record(uuid), 'status', 'epoch');
    return status ? { status, epoch: Number(epoch) } : undefined;
  }

  get #root(): string {
    return `${this.prefix}:`;
  }

  #keys(uuid: string): string[] {
    return [this.keys.record(uuid), this.keys.deadlines];
  }
}

/** A damaged record, and one of an earlier version, lacks some fields: these become '' or 0. */
function identityOf(fields: readonly unknown[]): ProcessIdentity {
  const text = (field: number): string => String(fields[field] ?? '');
  const number = (field: number): number => Number(fields[field] ?? 0) || 0;
  return {
    host: text(0),
    hostIdentity: text(1),
    pid: number(2),
    processIdentity: text(3),
    thread: number(4),
    threadIdentity: text(5),
    moduleIdentity: text(6),
  };
}

/**
 * The queues in a record; none of a damaged one. The reconcile passes of its queues find the jobs
 * that the dispatcher left there.
 */
function queuesOf(json: unknown): string[] {
  return orUndefined(() => parsed('queues', String(json), isNames)) ?? [];
}
