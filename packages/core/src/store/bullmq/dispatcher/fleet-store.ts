// The records of all dispatchers, as any process reads them (D10).
import { chunksOf } from '../../../lib/chunks.js';
import type { Wish } from '../../../model/activation-store.js';
import type { AgentFacts, DispatcherInfo } from '../../../model/dispatcher-facts.js';
import { readClock } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import { DispatcherKeys } from '../keys.js';
import { isNames, isObject, orUndefined, parsed } from '../record-checks.js';
import { runScript } from '../scripts/run-script.js';
import { typed } from '../scripts/store-errors.js';

/** So many records are read at once. */
const PAGE = 100;

const FIELDS = [
  ...(['status', 'epoch', 'host', 'pid', 'thread', 'drover', 'node', 'activatedAt'] as const),
  ...(['lastPing', 'endedAt', 'deathInterval', 'retention', 'agents', 'tasks', 'running'] as const),
  'blockedFor' as const,
];
type Fields = Record<(typeof FIELDS)[number], string>;

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
    const found: DispatcherInfo[] = [];
    for (const page of chunksOf([...new Set([...living, ...gone])], PAGE)) {
      const read = await Promise.all(page.map((uuid) => this.#readUnlessDamaged(uuid, now)));
      found.push(...read.filter((info) => info !== undefined));
    }
    return found.sort((a, b) => a.activatedAt - b.activatedAt || (a.uuid < b.uuid ? -1 : 1));
  }

  async read(uuid: string): Promise<DispatcherInfo | undefined> {
    return await this.#read(uuid, await this.#now());
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

  /** A key of the wrong type must not hide the other dispatchers (B1). */
  async #readUnlessDamaged(uuid: string, now: number): Promise<DispatcherInfo | undefined> {
    try {
      return await this.#read(uuid, now);
    } catch (error) {
      if (error instanceof DamagedRecord) return undefined;
      throw error;
    }
  }

  async #read(uuid: string, now: number): Promise<DispatcherInfo | undefined> {
    const values = await typed(() => this.client.hmget(this.#keys.record(uuid), ...FIELDS));
    const fields = Object.fromEntries(FIELDS.map((name, i) => [name, values[i] ?? ''])) as Fields;
    return fields.status === '' || isOver(fields, now) ? undefined : infoOf(uuid, fields, now);
  }
}

/** A damaged field, and one of a record that was never whole, counts as empty or 0 (B1). */
function infoOf(uuid: string, fields: Fields, now: number): DispatcherInfo {
  const { host, drover, node } = fields;
  const [lastPing, activatedAt] = [numberOf(fields.lastPing), numberOf(fields.activatedAt)];
  const deathInterval = numberOf(fields.deathInterval);
  const status = statusOf(fields.status, now - lastPing > deathInterval);
  const until = status === 'active' ? now : Math.max(lastPing, numberOf(fields.endedAt));
  const running = orUndefined(() => parsed('running', fields.running, isCounts)) ?? {};
  const agents = orUndefined(() => parsed('agents', fields.agents || '[]', areAgents)) ?? [];
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
  };
}

/** A dispatcher removes the record soon. */
function isOver({ status, endedAt, retention }: Fields, now: number): boolean {
  return status === 'deactivated' && numberOf(endedAt) + numberOf(retention) <= now;
}

function statusOf(status: string, isOverdue: boolean): DispatcherInfo['status'] {
  if (status === 'active') return isOverdue ? 'dead' : 'active';
  return status === 'deactivated' ? 'deactivated' : 'cleaning';
}

function numberOf(text: string): number {
  return Number(text) || 0;
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

function areAgents(value: unknown): value is AgentFacts[] {
  return Array.isArray(value) && value.every(isAgent);
}

function isAgent(value: unknown): value is AgentFacts {
  if (!isObject<Partial<AgentFacts>>(value)) return false;
  const { queue, name, size, lanes, threads } = value;
  return (
    [queue, name].every((text) => typeof text === 'string') &&
    Number.isInteger(size) &&
    isNames(lanes) &&
    typeof threads === 'boolean'
  );
}
