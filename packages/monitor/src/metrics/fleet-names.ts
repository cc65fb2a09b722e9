// Bounds the values of labels: the first names of each kind are themselves, the rest is 'other'.
import type { FleetStatus } from '../model/status.js';
import { OTHER } from './label-limit.js';

/** How many names of each kind are values of labels; the rest is summed up as `other`. */
export interface FleetLimits {
  /** Default: 100. */
  queues: number;
  /** Of all queues together. Default: 500. */
  lanes: number;
  /** Of all queues together. Default: 500. */
  quotas: number;
  /** Default: 200. */
  dispatchers: number;
}

export const FLEET_LIMITS: FleetLimits = { queues: 100, lanes: 500, quotas: 500, dispatchers: 200 };

export interface FleetNames {
  queue(queue: string): string;
  lane(queue: string, lane: string): { queue: string; lane: string };
  quota(queue: string, quota: string): { queue: string; quota: string };
  dispatcher(about: { uuid: string; host: string }): { dispatcher: string; host: string };
}

type Pair = readonly [queue: string, name: string];

export function fleetNames(
  { queues, dispatchers }: FleetStatus,
  quotas: readonly Pair[],
  limits: FleetLimits,
): FleetNames {
  const keptQueues = firstOf(
    queues.map(({ name }) => name),
    limits.queues,
  );
  const queue = (name: string): string => (keptQueues.has(name) ? name : OTHER);
  const isKept = ([of]: Pair): boolean => keptQueues.has(of);
  const lanes = queues.flatMap(({ name, lanes: own }) =>
    own.map((lane): Pair => [name, lane.name]),
  );
  const keptLanes = firstOf(lanes.filter(isKept).map(keyOf), limits.lanes);
  const keptQuotas = firstOf(quotas.filter(isKept).map(keyOf), limits.quotas);
  const live = dispatchers.filter(({ status }) => status !== 'deactivated');
  const keptDispatchers = firstOf(
    live.map(({ uuid }) => uuid),
    limits.dispatchers,
  );
  const inside = (kept: ReadonlySet<string>, pair: Pair): string =>
    kept.has(keyOf(pair)) ? pair[1] : OTHER;
  return {
    queue,
    lane: (of, name) => ({ queue: queue(of), lane: inside(keptLanes, [of, name]) }),
    quota: (of, name) => ({ queue: queue(of), quota: inside(keptQuotas, [of, name]) }),
    dispatcher: ({ uuid, host }) =>
      keptDispatchers.has(uuid) ? { dispatcher: uuid, host } : { dispatcher: OTHER, host: OTHER },
  };
}

/** By name, so that the same ones are kept at each scrape. */
function firstOf(names: readonly string[], most: number): ReadonlySet<string> {
  return new Set([...names].sort().slice(0, most));
}

/** No name has a colon. */
const keyOf = ([queue, name]: Pair): string => `${queue}:${name}`;
