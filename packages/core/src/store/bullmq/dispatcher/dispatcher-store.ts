// The records of dispatchers: the epoch of each, whether it is active, and whether a cleanup after
// it is under way.
import type {
  ActivateReply,
  ActivationFacts,
  ActivationStore,
  Cleaning,
  Load,
  PingReply,
  ProcessIdentity,
  SelfDescription,
  Wish,
} from '../../../model/activation-store.js';
import { droverVersion } from '../../../lib/copies.js';
import type { RedisClient } from '../../../redis/connection.js';
import { isNames, isObject, orUndefined, parsed } from '../record-checks.js';
import { DispatcherKeys } from '../keys.js';
import { runScript, type ScriptName } from '../scripts/run-script.js';
import { typed } from '../scripts/store-errors.js';

/** In the order of the script `activate`. */
const IDENTITY = [
  ...(['host', 'hostIdentity', 'pid', 'processIdentity'] as const),
  ...(['thread', 'threadIdentity', 'moduleIdentity'] as const),
];

const NOTHING: SelfDescription = { agents: [], tasks: [] };
const DAY = 24 * 3_600_000;
/** One call of the script `forgetEnded` looks at so many. */
const FORGET_PAGE = 100;

const textsOf = ({ agents, tasks }: SelfDescription): string[] => [
  JSON.stringify(agents),
  JSON.stringify(tasks),
];

export class DispatcherStore implements ActivationStore {
  readonly keys: DispatcherKeys;

  constructor(
    private readonly client: RedisClient,
    readonly prefix: string,
  ) {
    this.keys = new DispatcherKeys(prefix);
  }

  async activate(
    uuid: string,
    process: ProcessIdentity,
    deathInterval: number,
    queues: readonly string[],
    takeover: 'force' | number | undefined,
    { lanes = [], lastEpoch = 0, about = NOTHING, retention = DAY }: ActivationFacts = {},
  ): Promise<ActivateReply> {
    const args = [
      uuid,
      ...IDENTITY.map((fact) => process[fact]),
      deathInterval,
      JSON.stringify(queues),
      this.keys.channel,
      takeover ?? '',
      this.#root,
      JSON.stringify(lanes),
      lastEpoch,
      ...[droverVersion(), globalThis.process.version, ...textsOf(about), retention],
    ];
    const reply = await this.#run<(string | number | null)[]>('activate', uuid, args);
    if (reply[0] === 1) return { epoch: Number(reply[1]), queues: queuesOf(reply[2]) };
    const [age, epoch, msUntilDead] = reply.slice(1, 4).map(Number) as [number, number, number];
    return { elsewhere: { age, epoch, msUntilDead, ...identityOf(reply.slice(4)) } };
  }

  async ping(
    uuid: string,
    epoch: number,
    { running, blockedFor }: Load = { running: '{}', blockedFor: 0 },
  ): Promise<PingReply> {
    const args = [running, blockedFor, uuid, epoch];
    const reply = await this.#run<(string | number)[]>('ping', uuid, args);
    if (reply[0] !== 1) return { deposed: true };
    return { hasWishes: reply[1] === 1, overdue: reply.slice(2).map(String) };
  }

  async describe(
    uuid: string,
    epoch: number,
    about: SelfDescription,
    { queues, lanes }: { queues: readonly string[]; lanes: readonly string[] },
    { taken, count }: { taken: number; count: number } = { taken: 0, count: 0 },
  ): Promise<boolean> {
    const served = [JSON.stringify(queues), JSON.stringify(lanes)];
    const args = [epoch, this.#root, ...textsOf(about), ...served, taken, count];
    const keys = [this.keys.record(uuid), this.keys.wishes(uuid)];
    return (await typed(() => runScript(this.client, 'describe', keys, args))) === 1;
  }

  async wishes(uuid: string): Promise<{ taken: number; wishes: (Wish | undefined)[] }> {
    const taken = await typed(() => this.client.hget(this.keys.record(uuid), 'taken'));
    const all = await typed(() => this.client.lrange(this.keys.wishes(uuid), 0, -1));
    const wishes = all.map((json) => orUndefined(() => parsed('wish', json, isWish)));
    return { taken: Number(taken ?? 0), wishes };
  }

  async forgetEnded(): Promise<void> {
    const run = () => runScript(this.client, 'forgetEnded', [this.keys.ended], [this.#root]);
    while (Number(await typed(run)) >= FORGET_PAGE);
  }

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
    const reply = await this.#run<(string | number)[] | null>('beginCleaning', uuid, args);
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

  async endCleaning(uuid: string, epoch: number): Promise<boolean> {
    return (await this.#run('endCleaning', uuid, [uuid, epoch, this.keys.channel])) !== 2;
  }

  async read(uuid: string): Promise<{ status: string; epoch: number } | undefined> {
    const fields = () => this.client.hmget(this.keys.record(uuid), 'status', 'epoch');
    const [status, epoch] = await typed(fields);
    return status ? { status, epoch: Number(epoch) } : undefined;
  }

  get #root(): string {
    return `${this.prefix}:`;
  }

  #run<R>(script: ScriptName, uuid: string, args: (string | number)[]): Promise<R> {
    const keys = [this.keys.record(uuid), this.keys.deadlines];
    return typed(async () => (await runScript(this.client, script, keys, args)) as R);
  }
}

/** Its agent is checked where it is changed. */
function isWish(value: unknown): value is Wish {
  return isObject<Wish>(value) && ['setAgent', 'removeAgent', 'drain'].includes(value.kind);
}

/** A damaged record, and one of an earlier version, lacks some facts: these become '' or 0. */
function identityOf(reply: readonly unknown[]): ProcessIdentity {
  const facts = IDENTITY.map((fact, i) => {
    const text = String(reply[i] ?? '');
    return [fact, fact === 'pid' || fact === 'thread' ? Number(text) || 0 : text];
  });
  return Object.fromEntries(facts) as ProcessIdentity;
}

/**
 * The queues in a record; none of a damaged one. The reconcile passes of its queues find the jobs
 * that the dispatcher left there.
 */
function queuesOf(json: unknown): string[] {
  return orUndefined(() => parsed('queues', String(json), isNames)) ?? [];
}
