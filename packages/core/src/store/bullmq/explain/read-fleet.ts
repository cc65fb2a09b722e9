// Reads which dispatchers are there, and what they serve, for an explanation (O4).
import type { AgentFacts, DispatcherState } from '../../../model/dispatcher-facts.js';
import type { BlockedDispatcher } from '../../../model/explanation.js';
import { MAIN_LANE, SYSTEM_LANE } from '../../../lib/names.js';
import {
  agentsIn,
  numberOf,
  readRecords,
  stateOf,
  type RecordFields,
} from '../dispatcher/dispatcher-record.js';
import { DispatcherKeys } from '../keys.js';
import type { QueueDeps } from '../queue-access.js';
import { isNames, orUndefined, parsed } from '../record-checks.js';
import { typed } from '../scripts/store-errors.js';

/** So many dispatchers are read: those that have pinged last. */
const MOST_READ = 1_000;

const FIELDS = [
  ...(['epoch', 'lastPing', 'deathInterval', 'host', 'pid', 'queues', 'lanes'] as const),
  ...(['agents', 'tasks', 'blockedFor'] as const),
];
type Fields = RecordFields<'status' | (typeof FIELDS)[number]>;

/** A dispatcher as its record tells. */
export interface FleetMember extends BlockedDispatcher {
  status: DispatcherState;
  epoch: number;
  /** ms since 1970. */
  lastPing: number;
  /** How it serves a lane: 'stopped': with agents of the size 0 alone. */
  serves: (queue: string, lane: string) => 'yes' | 'stopped' | 'no';
  /** Whether an agent that serves the lane takes jobs of a task: not where `tasks` name others. */
  takes: (queue: string, lane: string, task: string) => boolean;
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
  const records = await readRecords(client, of, uuids, FIELDS);
  const members = uuids.flatMap((id, i) => memberOf(id, records[i], now) ?? []);
  return new Map(members.map((member) => [member.uuid, member]));
}

function memberOf(uuid: string, fields: Fields | undefined, now: number): FleetMember | undefined {
  if (!fields) return undefined;
  const agents = agentsIn(fields.agents);
  return {
    uuid,
    host: fields.host,
    pid: numberOf(fields.pid),
    status: stateOf(fields, now),
    epoch: numberOf(fields.epoch),
    lastPing: numberOf(fields.lastPing),
    blockedFor: numberOf(fields.blockedFor),
    serves: (queue, lane) =>
      agents ? servesBy(agents, queue, lane) : servesByLanes(fields, queue, lane),
    takes: (queue, lane, task) => !agents || takesBy(agents, queue, lane, task),
    knows: (task) => knows(fields, agents, task),
  };
}

function servesBy(agents: readonly AgentFacts[], queue: string, lane: string) {
  const own = agents.filter((agent) => agent.queue === queue);
  // Each dispatcher of a queue runs recovery's jobs.
  if (lane === SYSTEM_LANE) return own.length > 0 ? 'yes' : 'no';
  const serving = own.filter(({ lanes }) => lanes.includes(lane));
  if (serving.some(({ size }) => size > 0)) return 'yes';
  return serving.length > 0 ? 'stopped' : 'no';
}

function takesBy(agents: readonly AgentFacts[], queue: string, lane: string, task: string) {
  if (lane === SYSTEM_LANE) return true;
  return agents.some(
    ({ queue: own, lanes, size, tasks }) =>
      own === queue && size > 0 && lanes.includes(lane) && tasks?.includes(task) !== false,
  );
}

/** A record without agents names the queues, and their lanes beside `main`. */
function servesByLanes({ queues, lanes }: Fields, queue: string, lane: string): 'yes' | 'no' {
  const has = (field: string, json: string, name: string): boolean =>
    orUndefined(() => parsed(field, json, isNames))?.includes(name) === true;
  if (!has('queues', queues, queue)) return 'no';
  const isCommon = lane === MAIN_LANE || lane === SYSTEM_LANE;
  return isCommon || has('lanes', lanes, `${queue}/${lane}`) ? 'yes' : 'no';
}

/** A thread may know tasks that the record does not name. */
function knows(
  { tasks }: Fields,
  agents: readonly AgentFacts[] | undefined,
  task: string,
): boolean | undefined {
  const names = orUndefined(() => parsed('tasks', tasks, isNames));
  if (names === undefined || agents?.some(({ threads }) => threads)) return undefined;
  return names.includes(task);
}
