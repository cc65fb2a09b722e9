// The gauges about the fleet: their names, labels, and how the read model gives their values.
import type { Quota } from '@drover/core';
import type { Alarm } from '../model/alarms/alarm.js';
import type { LaneState, QueueState } from '../model/queue-state.js';
import type { DispatcherState } from '../model/sources.js';
import type { FleetStatus } from '../model/status.js';
import type { FleetNames } from './fleet-names.js';

/** What one scrape has read. */
export interface FleetReading {
  status: FleetStatus;
  quotas: readonly { queue: string; quota: Quota }[];
  names: FleetNames;
}

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

export interface FleetGauge {
  help: string;
  labelNames: readonly string[];
  /** The value of several samples with the same labels: those that are 'other'. */
  merge: 'sum' | 'max';
  samples: (reading: FleetReading) => Sample[];
}

/** Each job is in one of these. */
const STATES = {
  due: 'due',
  delayed: 'delayed',
  waiting: 'waitingForQuota',
  active: 'active',
  callbacks: 'callbacks',
  succeeded: 'succeeded',
  failed: 'failed',
  set_aside: 'setAside',
} as const satisfies Record<string, keyof LaneState>;

const STATUSES = {
  active: 0,
  dead: 0,
  cleaning: 0,
  deactivated: 0,
} as const satisfies Record<DispatcherState['status'], 0>;

const ALARMS = {
  'lane-unserved': 0,
  'dispatcher-dead': 0,
  'task-unknown': 0,
  'policy-unknown': 0,
  'codec-unknown': 0,
  'set-aside': 0,
  'quota-stuck': 0,
  eviction: 0,
} as const satisfies Record<Alarm['kind'], 0>;

export const FLEET_GAUGES: Readonly<Record<string, FleetGauge>> = {
  drover_queue_jobs: {
    help: 'Jobs of a lane by state. Of succeeded and failed jobs: those that retention has kept.',
    labelNames: ['queue', 'lane', 'state'],
    merge: 'sum',
    samples: ofLanes((lane, labels) =>
      Object.entries(STATES).map(([state, count]) => ({
        labels: { ...labels, state },
        value: lane[count],
      })),
    ),
  },
  drover_queue_oldest_due_seconds: {
    help: 'For how long the job of a lane has been due that waits the longest. 0: none is due.',
    labelNames: ['queue', 'lane'],
    merge: 'max',
    samples: ofLanes(({ oldestDue }, labels, { now }) => [
      { labels, value: oldestDue === undefined ? 0 : seconds(now - oldestDue) },
    ]),
  },
  drover_unserved_jobs: {
    help: 'Due jobs of a lane that no agent of an active dispatcher serves.',
    labelNames: ['queue', 'lane'],
    merge: 'sum',
    samples: ofLanes(({ due, agents }, labels) => [{ labels, value: agents === 0 ? due : 0 }]),
  },
  drover_queue_paused: {
    help: '1 while the queue is paused.',
    labelNames: ['queue'],
    merge: 'max',
    samples: ofQueues(({ paused }) => (paused ? 1 : 0)),
  },
  drover_set_aside_jobs: {
    help: 'The dead letters of a queue.',
    labelNames: ['queue'],
    merge: 'sum',
    samples: ofQueues(({ setAside }) => setAside),
  },
  drover_interrupts_undecided: {
    help: 'Interrupted jobs of a queue about which nothing is decided yet.',
    labelNames: ['queue'],
    merge: 'sum',
    samples: ofQueues(({ interrupted }) => interrupted),
  },
  drover_quota_slots: {
    help: 'The size of a quota; of a quota with keys: that of each key.',
    labelNames: ['queue', 'quota'],
    merge: 'sum',
    samples: ofQuotas(({ size }) => size),
  },
  drover_quota_held: {
    help: 'Jobs that hold a slot of a quota; of one with keys, of the first 500 or so in use.',
    labelNames: ['queue', 'quota'],
    merge: 'sum',
    samples: ofQuotas(({ held }) => held),
  },
  drover_quota_waiters: {
    help: 'Jobs that wait for a slot of a quota; of one with keys, as those that hold one.',
    labelNames: ['queue', 'quota'],
    merge: 'sum',
    samples: ofQuotas(({ waiters }) => waiters),
  },
  drover_dispatchers: {
    help: 'Dispatchers by status.',
    labelNames: ['status'],
    merge: 'sum',
    samples: ({ status: { dispatchers } }) => [
      ...none('status', STATUSES),
      ...dispatchers.map(({ status }) => ({ labels: { status }, value: 1 })),
    ],
  },
  drover_dispatcher_ping_age_seconds: {
    help: 'The time since the last ping of a dispatcher that has not ended in order.',
    labelNames: ['dispatcher', 'host'],
    merge: 'max',
    samples: ({ status: { dispatchers }, names }) =>
      dispatchers
        .filter(({ status }) => status !== 'deactivated')
        .map((dispatcher) => ({
          labels: names.dispatcher(dispatcher),
          value: seconds(dispatcher.pingAge),
        })),
  },
  drover_alarms: {
    help: 'The alarms of `drover status`, by kind.',
    labelNames: ['kind'],
    merge: 'sum',
    samples: ({ status: { alarms } }) => [
      ...none('kind', ALARMS),
      ...alarms.map(({ kind }) => ({ labels: { kind }, value: 1 })),
    ],
  },
};

type Labels = Sample['labels'];

function ofQueues(value: (queue: QueueState) => number): FleetGauge['samples'] {
  return ({ status: { queues }, names }) =>
    queues.map((queue) => ({ labels: { queue: names.queue(queue.name) }, value: value(queue) }));
}

function ofLanes(
  samples: (lane: LaneState, labels: Labels, status: FleetStatus) => Sample[],
): FleetGauge['samples'] {
  return ({ status, names }) =>
    status.queues.flatMap(({ name, lanes }) =>
      lanes.flatMap((lane) => samples(lane, names.lane(name, lane.name), status)),
    );
}

function ofQuotas(value: (quota: Quota) => number): FleetGauge['samples'] {
  return ({ quotas, names }) =>
    quotas.map(({ queue, quota }) => ({
      labels: names.quota(queue, quota.name),
      value: value(quota),
    }));
}

/** A sample of 0 for each of these, so that a rule sees the value before and after. */
function none(label: string, kinds: Readonly<Record<string, 0>>): Sample[] {
  return Object.keys(kinds).map((kind) => ({ labels: { [label]: kind }, value: 0 }));
}

function seconds(ms: number): number {
  return Math.max(0, ms) / 1_000;
}
