// The records of dispatchers: who is active under which epoch, who lives, who is being cleaned up
// after.
import type { RedisClient } from '../../redis/connection.js';
import { isNames, orUndefined, parsed } from './damaged.js';
import { DispatcherKeys } from './keys.js';
import { runScript } from './scripts/run-script.js';

/**
 * Who runs a dispatcher: enough to tell on the same host whether that process, or its thread, is
 * certainly gone (D4).
 */
export interface ProcessIdentity {
  host: string;
  /** Tells this host, as processes see it, from any other. */
  hostIdentity: string;
  pid: number;
  /** Tells this process from a later one with the same pid. */
  processIdentity: string;
  /** The number that Node.js gives the thread: 0 is the main one. For people. */
  thread: number;
  /** The thread as the host sees it, and when it started; empty where the host does not tell. */
  threadIdentity: string;
  /**
   * Tells apart copies of the package, and realms such as those of a test runner, in one thread.
   */
  moduleIdentity: string;
}

/** Another activation stands. */
export interface ActiveElsewhere extends ProcessIdentity {
  epoch: number;
  /** Milliseconds since its last ping. */
  age: number;
  /** Milliseconds until it counts as dead unless it pings. */
  msUntilDead: number;
}

/** `queues`: its own, and those where earlier activations may have left jobs. */
export type ActivateReply = { epoch: number; queues: string[] } | { elsewhere: ActiveElsewhere };

/** What a ping brought: which others are overdue, or that this activation has ended. */
export type PingReply = { overdue: string[] } | { deposed: true };

/** A cleaning that has begun. */
export interface Cleaning {
  epoch: number;
  /** It was found dead now, not in an earlier attempt. */
  newlyDead: boolean;
  host: string;
  pid: number;
  /** Milliseconds since its last ping. */
  age: number;
  /** The queues that it served. */
  queues: string[];
}

/** More of an activation, for a server that has lost what it knew. */
interface ActivationFacts {
  /** The lanes that its agents serve, `<queue>/<lane>`, beside the main lanes. */
  lanes?: readonly string[];
  /** The last epoch that this process was active under. */
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
   * Makes this process the active one, unless another is. `takeover`: 'force', or the epoch that is
   * certainly gone.
   */
  async activate(
    uuid: string,
    process: ProcessIdentity,
    deathInterval: number,
    queues: readonly string[],
    takeover: 'force' | number | undefined,
    { lanes = [], lastEpoch = 0 }: ActivationFacts = {},
  ): Promise<ActivateReply> {
    const { host, hostIdentity, pid, processIdentity, thread, threadIdentity, moduleIdentity } =
      process;
    const args = [
      uuid,
      host,
      hostIdentity,
      pid,
      processIdentity,
      thread,
      threadIdentity,
      moduleIdentity,
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
    const reply = (await runScript(this.client, 'ping', this.#keys(uuid), [uuid, epoch])) as (
      string | number
    )[];
    return reply[0] === 1 ? { overdue: reply.slice(1).map(String) } : { deposed: true };
  }

  /**
   * Begins to clean up: after our own activation `epoch`, or after a dispatcher that is overdue.
   */
  async beginCleaning(
    uuid: string,
    epoch: number | 'overdue',
    cleaner: string,
    lease: number,
  ): Promise<Cleaning | undefined> {
    const args = [
      uuid,
      epoch === 'overdue' ? '' : epoch,
      cleaner,
      lease,
      this.keys.channel,
      this.#root,
    ];
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
   * Ends a cleaning, unless the record has moved on. False: something more is to be interrupted
   * first.
   */
  async endCleaning(uuid: string, epoch: number): Promise<boolean> {
    return (
      (await runScript(this.client, 'endCleaning', this.#keys(uuid), [
        uuid,
        epoch,
        this.keys.channel,
      ])) !== 2
    );
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

/** Fields of a record that is damaged, or of an earlier version, are missing: they tell nothing. */
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
 * The queues in a record; of a damaged one it is not known where it may have left jobs: the audits
 * of these queues find them.
 */
function queuesOf(json: unknown): string[] {
  return orUndefined(() => parsed('queues', String(json), isNames)) ?? [];
}
