// The records of all dispatchers, as any process reads them (D10).
import type { Wish } from '../../../model/activation-store.js';
import type {
  AgentFacts,
  DispatcherDeath,
  DispatcherInfo,
} from '../../../model/dispatcher-facts.js';
import { readClock } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import { DispatcherKeys } from '../keys.js';
import { isNames, isObject, orUndefined, parsed } from '../record-checks.js';
import { runScript } from '../scripts/run-script.js';
import { typed } from '../scripts/store-errors.js';
import {
  agentsIn,
  numberOf,
  readRecord,
  readRecords,
  stateOf,
  type RecordFields,
} from './dispatcher-record.js';

const FIELDS = [
  ...(['epoch', 'host', 'pid', 'thread', 'drover', 'node', 'activatedAt'] as const),
  ...(['lastPing', 'endedAt', 'deathInterval', 'retention', 'agents', 'tasks', 'running'] as const),
  ...(['blockedFor', 'deaths', 'diedAt', 'diedHost', 'diedPid'] as const),
];
type Fields = RecordFields<'status' | (typeof FIELDS)[number]>;

/** A stored wish; or the status of a dispatcher that is not active, 'full': too many wait. */
export type StoredWish = { number: number; epoch: string } | { refused: string };

export class FleetStore {
  readonly #keys: DispatcherKeys;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
  ) {
    this.#keys = new DispatcherKeys(prefix);
  }

  /**
   * All dispatchers whose records have not gone, the one that was activated first before the
   * others. Two sorted sets name them: nothing is searched.
   */
  async list(): Promise<DispatcherInfo[]> {
    const now = await this.#now();
    const { deadlines, ended } = this.#keys;
    const all = (set: string) => this.client.zrange(set, 0, '-1');
    const [living, gone] = await typed(() => Promise.all([all(deadlines), all(ended)]));
    const uuids = [...new Set([...living, ...gone])];
    const read = await readRecords(this.client, this.#keys, uuids, FIELDS);
    const found = uuids.flatMap((uuid, i) => infoOf(uuid, read[i], now) ?? []);
    return found.sort((a, b) => a.activatedAt - b.activatedAt || (a.uuid < b.uuid ? -1 : 1));
  }

  async read(uuid: string): Promise<DispatcherInfo | undefined> {
    const now = await this.#now();
    return infoOf(uuid, await readRecord(this.client, this.#keys.record(uuid), FIELDS), now);
  }

  /** Returns the status of a dispatcher that is not forgotten; 'none': there is no record. */
  async forget(uuid: string): Promise<string> {
    const args = [uuid, `${this.#keys.prefix}:`];
    const run = () => runScript(this.client, 'forget', [this.#keys.record(uuid)], args);
    return String(await typed(run));
  }

  /** Stores a wish for a dispatcher (D9). */
  async wish(uuid: string, wish: Wish): Promise<StoredWish> {
    const keys = [this.#keys.record(uuid), this.#keys.wishes(uuid)];
    const args = [JSON.stringify(wish), this.#keys.cancelled(uuid)];
    const run = () => runScript(this.client, 'wish', keys, args);
    const [number, rest] = (await typed(run)) as [number, string];
    if (number === 0) return { refused: rest === '' ? 'none' : rest };
    return number < 0 ? { refused: 'full' } : { number, epoch: rest };
  }

  /** How far the dispatcher has come with its wishes. */
  async progress(uuid: string): Promise<{ status: string; epoch: string; taken: number }> {
    const record = this.#keys.record(uuid);
    const read = () => this.client.hmget(record, 'status', 'epoch', 'taken');
    const [status, epoch, taken] = await typed(read);
    return { status: status ?? 'none', epoch: epoch ?? '', taken: Number(taken ?? 0) };
  }

  async #now(): Promise<number> {
    return Math.floor(await typed(() => readClock(this.client)));
  }
}

/**
 * Undefined: there is no record, or it goes. A damaged field, and one of a record that was never
 * whole, counts as empty or 0 (B1).
 */
function infoOf(uuid: string, fields: Fields | undefined, now: number): DispatcherInfo | undefined {
  if (!fields || isOver(fields, now)) return undefined;
  const { host, drover, node } = fields;
  const [lastPing, activatedAt] = [numberOf(fields.lastPing), numberOf(fields.activatedAt)];
  const deathInterval = numberOf(fields.deathInterval);
  const status = stateOf(fields, now);
  const until = status === 'active' ? now : Math.max(lastPing, numberOf(fields.endedAt));
  const running = orUndefined(() => parsed('running', fields.running, isCounts)) ?? {};
  const agents = agentsIn(fields.agents) ?? [];
  return {
    ...{ uuid, status, epoch: numberOf(fields.epoch) },
    ...{ host, pid: numberOf(fields.pid), thread: numberOf(fields.thread) },
    versions: { drover, node },
    ...{
      activatedAt,
      lastPing,
      uptime: activatedAt && Math.max(0, until - activatedAt),
      deathInterval,
    },
    agents: agents.map((agent) => ({ ...agent, running: runningIn(running, agent) })),
    tasks: orUndefined(() => parsed('tasks', fields.tasks || '[]', isNames)) ?? [],
    blockedFor: status === 'active' ? numberOf(fields.blockedFor) : 0,
    deaths: numberOf(fields.deaths),
    ...(numberOf(fields.diedAt) > 0 && { lastDeath: lastDeathOf(fields) }),
  };
}

function lastDeathOf({ diedAt, diedHost, diedPid }: Fields): DispatcherDeath {
  return { at: numberOf(diedAt), host: diedHost, pid: numberOf(diedPid) };
}

/** A dispatcher removes the record soon. */
function isOver({ status, endedAt, retention }: Fields, now: number): boolean {
  return status === 'deactivated' && numberOf(endedAt) + numberOf(retention) <= now;
}

type Counts = Record<string, Record<string, unknown>>;

function isCounts(value: unknown): value is Counts {
  return isObject<Counts>(value) && Object.values(value).every(isObject);
}

function runningIn(counts: Counts, { queue, name }: AgentFacts): number {
  const ofQueue = Object.hasOwn(counts, queue) ? counts[queue] : undefined;
  const count = ofQueue && Object.hasOwn(ofQueue, name) ? ofQueue[name] : 0;
  return Number.isInteger(count) ? Number(count) : 0;
}
