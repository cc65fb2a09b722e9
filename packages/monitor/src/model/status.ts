// The state of all queues and dispatchers under a prefix, with the alarms.
import type { RedisFacts } from '@drover/core';
import type { Alarm } from './alarms/alarm.js';
import { alarmsOf } from './alarms/alarms.js';
import { inTurns } from './in-turns.js';
import { readQueueState, type QueueState } from './queue-state.js';
import type { DispatcherState, Sources } from './sources.js';

export interface FleetStatus {
  /** Redis's clock: ms since 1970. */
  now: number;
  prefix: string;
  /** Undefined where the user of the connection may not ask. */
  redis: RedisFacts[] | undefined;
  queues: QueueState[];
  dispatchers: DispatcherState[];
  alarms: Alarm[];
}

export async function readStatus(view: Sources): Promise<FleetStatus> {
  const [now, names, infos, redis] = await Promise.all([
    view.now(),
    view.queueNames(),
    view.dispatchers.list(),
    view.dispatchers.redis(),
  ]);
  const dispatchers = infos.map((info) => ({ ...info, pingAge: now - info.lastPing }));
  const read = await inTurns(names, async (name) => {
    const queue = view.queue(name);
    const state = await readQueueState(queue, infos);
    return { state, alarms: await alarmsOf.queue(queue, state, now) };
  });
  return {
    now,
    prefix: view.prefix,
    redis,
    queues: read.map(({ state }) => state),
    dispatchers,
    alarms: [
      ...alarmsOf.redis(redis ?? []),
      ...alarmsOf.dispatchers(dispatchers),
      ...read.flatMap(({ alarms }) => alarms),
    ],
  };
}
