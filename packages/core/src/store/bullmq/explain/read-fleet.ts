// Reads which dispatchers are there, and what they serve, for an explanation (O4).
import type { BlockedDispatcher } from '../../../model/explanation.js';
import { MAIN_LANE, SYSTEM_LANE } from '../../../lib/names.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import type { RedisClient } from '../../../redis/connection.js';
import { DispatcherKeys } from '../keys.js';
import type { QueueDeps } from '../queue-access.js';
import { isNames, isObject, orUndefined, parsed } from '../record-checks.js';
import { typed } from '../scripts/store-errors.js';

/** So many dispatchers are read: those that have pinged last. */
const MOST_READ = 1_000;

const FIELDS = [
  ...(['status', 'epoch', 'lastPing', 'deathInterval', 'host', 'pid', 'queues', 'lanes'] as const),
  ...(['agents', 'tasks', 'blockedFor'] as const),
];
type Fields = Partial<Record<(typeof FIELDS)[number], string>>;

/** An agent as the record of its dispatcher names it. */
interface Agent {
  queue: string;
  size: number;
  lanes: string[];
  threads: boolean;
}

/** A dispatcher as its record tells. */
export interface FleetMember extends BlockedDispatcher {
  status: 'active' | 'dead' | 'cleaning' | 'ended';
  epoch: number;
  /** ms since 1970. */
  lastPing: number;
  /** How it serves a lane: 'stopped': with agents of the size 0 alone. */
  serves: (queue: string, lane: string) => 'yes' | 'stopped' | 'no';
  /** Whether it knows a task; undefined where its record does not tell. */
  knows: (task: string) => boolean | undefined;
}

/** The dispatchers that are active or dead, and the one with `uuid`. `now`: Redis's clock. */
export async function readFleet(
  { client, keys }: QueueDeps,
  now: number,
  uuid: string | undefined,
): Promise<Map<string, FleetMember>> {
  const of = new DispatcherKeys(keys.prefix);
  const living = await typed(() => client.zrevrange(of.deadlines, 0, MOST_READ - 1));
  const uuids = [...new Set(uuid === undefined ? living : [...living, uuid])];
  const records = await Promise.all(uuids.map((id) => readRecord(client, of.record(id))));
  const members = uuids.flatMap((id, i) => memberOf(id, records[i] ?? [], now) ?? []);
  return new Map(members.map((member) => [member.uuid, member]));
}

/** A key of the wrong type must not hide the other dispatchers (B1). */
async function readRecord(client: RedisClient, key: string): Promise<(string | null)[]> {
  try {
    return await typed(() => client.hmget(key, ...FIELDS));
  } catch (error) {
    if (error instanceof DamagedRecord) return [];
    throw error;
  }
}

function memberOf(
  uuid: string,
  values: readonly (string | null)[],
  now: number,
): FleetMember | undefined {
  const fields: Fields = {};
  FIELDS.forEach((name, i) => (fields[name] = values[i] ?? undefined));
  if (fields.status === undefined) return undefined;
  const [lastPing, deathInterval] = [Number(fields.lastPing), Number(fields.deathInterval)];
  const isOverdue = !(now - lastPing <= deathInterval);
  const agents = orUndefined(() => parsed('agents', fields.agents, areAgents));
  return {
    uuid,
    host: fields.host ?? '',
    pid: Number(fields.pid) || 0,
    status: statusOf(fields.status, isOverdue),
    epoch: Number(fields.epoch) || 0,
    lastPing: lastPing || 0,
    blockedFor: Number(fields.blockedFor) || 0,
    serves: (queue, lane) =>
      agents ? servesBy(agents, queue, lane) : servesByLanes(fields, queue, lane),
    knows: (task) => knows(fields, agents, task),
  };
}

function statusOf(status: string, isOverdue: boolean): FleetMember['status'] {
  if (status === 'active') return isOverdue ? 'dead' : 'active';
  return status === 'deactivated' ? 'ended' : 'cleaning';
}

function servesBy(agents: readonly Agent[], queue: string, lane: string) {
  const own = agents.filter((agent) => agent.queue === queue);
  // Each dispatcher of a queue runs recovery's jobs.
  if (lane === SYSTEM_LANE) return own.length > 0 ? 'yes' : 'no';
  const serving = own.filter(({ lanes }) => lanes.includes(lane));
  if (serving.some(({ size }) => size > 0)) return 'yes';
  return serving.length > 0 ? 'stopped' : 'no';
}

/** A record without agents names the queues, and their lanes beside `main`. */
function servesByLanes({ queues, lanes }: Fields, queue: string, lane: string): 'yes' | 'no' {
  const has = (field: string, json: string | undefined, name: string): boolean =>
    orUndefined(() => parsed(field, json, isNames))?.includes(name) === true;
  if (!has('queues', queues, queue)) return 'no';
  const isCommon = lane === MAIN_LANE || lane === SYSTEM_LANE;
  return isCommon || has('lanes', lanes, `${queue}/${lane}`) ? 'yes' : 'no';
}

/** A thread may know tasks that the record does not name. */
function knows(
  { tasks }: Fields,
  agents: readonly Agent[] | undefined,
  task: string,
): boolean | undefined {
  const names = orUndefined(() => parsed('tasks', tasks, isNames));
  if (names === undefined || agents?.some(({ threads }) => threads)) return undefined;
  return names.includes(task);
}

function areAgents(value: unknown): value is Agent[] {
  return Array.isArray(value) && value.every(isAgent);
}

function isAgent(value: unknown): value is Agent {
  if (!isObject<Partial<Agent>>(value)) return false;
  return typeof value.queue === 'string' && Number.isInteger(value.size) && isNames(value.lanes);
}
