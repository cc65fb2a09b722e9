// The states of jobs as tabs: how each is asked for, and what can be done to its jobs.
import type { QueueState } from '@drover/monitor';
import { HANDLE_INTERRUPT, SYSTEM_LANE } from '../../../src/text/recovery-names.js';
import type { Change } from '../../api/actions.js';
import type { Query } from '../../route/route.js';

export interface StateTab {
  /** In the address. */
  key: string;
  name: string;
  count: (queue: QueueState) => number;
  /** The filter that the state is. */
  filter: Query;
  /** What can be done to its jobs. */
  changes: readonly Change[];
  /** One sentence. */
  says: string;
}

export const SET_ASIDE = 'set-aside';

const FIRST: StateTab = {
  ...{ key: 'due', name: 'Due', count: (queue) => queue.due, filter: { status: 'due' } },
  ...{ changes: ['cancel', 'remove'], says: 'They wait for an agent that claims them.' },
};

export const STATES: readonly StateTab[] = [
  FIRST,
  {
    ...{ key: 'delayed', name: 'Delayed', count: (queue) => queue.delayed },
    ...{ filter: { status: 'delayed' }, changes: ['cancel', 'remove'] },
    says: 'Their time, or the delay of a retry, has not passed.',
  },
  {
    ...{ key: 'waiting', name: 'Waiting', count: (queue) => queue.waitingForQuota },
    ...{ filter: { status: 'waitingForQuota' }, changes: ['cancel', 'remove'] },
    says: 'They wait for a quota, a rate limit, or the end of the job with their key.',
  },
  {
    ...{ key: 'active', name: 'Active', count: (queue) => queue.active },
    ...{ filter: { status: 'active,assigned' }, changes: ['cancel'] },
    says: 'They run, or wait for their parts or for the job that they returned.',
  },
  {
    ...{ key: 'interrupted', name: 'Interrupted', count: (queue) => queue.interrupted },
    filter: { status: 'pending,assigned,active', lane: SYSTEM_LANE, task: HANDLE_INTERRUPT },
    changes: [],
    says: 'These are the jobs that decide about interrupted ones, in the lane system.',
  },
  {
    ...{ key: 'callbacks', name: 'Callbacks', count: (queue) => queue.callbacks },
    ...{ filter: { status: 'callbacks' }, changes: [] },
    says: 'They have their result, and their callbacks run.',
  },
  {
    ...{ key: 'completed', name: 'Completed', count: (queue) => queue.succeeded },
    ...{ filter: { status: 'succeeded' }, changes: ['remove'] },
    says: 'They have a value, and are kept as long as retention says.',
  },
  {
    ...{ key: 'failed', name: 'Failed', count: (queue) => queue.failed },
    ...{ filter: { status: 'failed' }, changes: ['retry', 'remove'] },
    says: 'They have a failure, and are kept as long as retention says.',
  },
  {
    ...{ key: SET_ASIDE, name: 'Set aside', count: (queue) => queue.setAside },
    ...{ filter: {}, changes: [] },
    says: 'No dispatcher can read these records: see the reasons, then retry or drop each.',
  },
];

export function stateOf(key: string | undefined): StateTab {
  return STATES.find((state) => state.key === key) ?? FIRST;
}

/** The fields that a person filters by, beside the state. */
export const FILTERS = ['task', 'lane', 'dispatcher', 'since', 'until', 'text'] as const;

/** The filter of the list: that of the state, and that of the person. */
export function filterOf(state: StateTab, query: Query): Query {
  const given = FILTERS.map((name) => [name, query[name]] as const);
  const typed = given.filter(([, value]) => value !== undefined && value !== '');
  return { ...Object.fromEntries(typed), ...state.filter };
}
