// The life of a job: every status against every operation, and the status of what is stored (J2).
import {
  JobOperation,
  JobStatus,
  jobTransitions,
  statusOf,
  type StatusFacts,
} from '../../src/model/job-state.js';

const { NEW, PENDING, ASSIGNED, ACTIVE, CALLBACKS, COMPLETED } = JobStatus;

/** All that is legal, written down a second time: a change of the life of a job must be meant. */
const legal: [JobStatus, JobOperation, JobStatus | 'removed'][] = [
  [NEW, 'put', PENDING],
  [NEW, 'add callback', NEW],
  [PENDING, 'add callback', PENDING],
  [ASSIGNED, 'add callback', ASSIGNED],
  [ACTIVE, 'add callback', ACTIVE],
  [CALLBACKS, 'add callback', CALLBACKS],
  [COMPLETED, 'add callback', COMPLETED],
  [PENDING, 'remove', 'removed'],
  [NEW, 'cancel', NEW],
  [PENDING, 'cancel', ACTIVE],
  [ASSIGNED, 'cancel', ACTIVE],
  [ACTIVE, 'cancel', ACTIVE],
  [PENDING, 'claim', ASSIGNED],
  [ASSIGNED, 'start', ACTIVE],
  [ASSIGNED, 'put back', PENDING],
  [ASSIGNED, 'interrupt', ACTIVE],
  [ACTIVE, 'suspend', ACTIVE],
  [ACTIVE, 'wake', ACTIVE],
  [ACTIVE, 'interrupt', ACTIVE],
  [ACTIVE, 'retry', PENDING],
  [ACTIVE, 'result', CALLBACKS],
  [ACTIVE, 'finish', COMPLETED],
  [CALLBACKS, 'put back', CALLBACKS],
  [CALLBACKS, 'wake', CALLBACKS],
  [CALLBACKS, 'result', CALLBACKS],
  [CALLBACKS, 'interrupt', CALLBACKS],
  [CALLBACKS, 'finish', COMPLETED],
  [COMPLETED, 'run again', PENDING],
];

const everything = Object.values(JobStatus).flatMap((status) =>
  Object.values(JobOperation).map((operation): [JobStatus, JobOperation] => [status, operation]),
);

it.each(everything)(
  'J2 a job that is %s, on `%s`: the transition is the one listed here',
  (status, operation) => {
    const next = legal.find(([from, by]) => from === status && by === operation)?.[2];
    expect(jobTransitions[status][operation]).toBe(next);
  },
);

it('J2 there are no operations beside those listed here', () => {
  const named = Object.values(jobTransitions).flatMap((transitions) => Object.keys(transitions));
  expect([...new Set(named)].sort()).toEqual(
    [...new Set(legal.map(([, operation]) => operation))].sort(),
  );
  expect(everything).toHaveLength(84);
});

it('J2, O3 `run again` alone leads out of completed, and all statuses lead to completed', () => {
  expect(jobTransitions.completed).toEqual({ 'add callback': COMPLETED, 'run again': PENDING });
  const reached = new Set<string>([NEW]);
  for (const status of reached)
    for (const next of Object.values(jobTransitions[status as JobStatus] ?? {})) reached.add(next);
  expect([...reached].sort()).toEqual([...Object.values(JobStatus), 'removed'].sort());
});

describe('the status of a stored job', () => {
  const facts = (some: Partial<StatusFacts>): StatusFacts => ({
    state: 'waiting',
    claims: 0,
    suspended: false,
    hasResult: false,
    ...some,
  });

  it.each<[string, Partial<StatusFacts>, JobStatus]>([
    ['waits in the queue', { state: 'waiting' }, PENDING],
    ['is not due', { state: 'delayed' }, PENDING],
    ['was claimed before and waits to run again', { state: 'waiting', claims: 3 }, PENDING],
    ['was claimed before and is to run again later', { state: 'delayed', claims: 1 }, PENDING],
    ['is claimed', { state: 'active', claims: 1 }, ACTIVE],
    ['is a part whose turn has not come', { state: 'waiting-children' }, NEW],
    ['waits for its parts', { state: 'waiting-children', claims: 1, suspended: true }, ACTIVE],
    [
      'waits for its parts, interrupted before it was written down',
      { state: 'waiting-children', claims: 1 },
      ACTIVE,
    ],
    ['was woken by its last part', { state: 'waiting', claims: 1, suspended: true }, ACTIVE],
    ['is claimed for the last time', { state: 'active', claims: 2, suspended: true }, ACTIVE],
    [
      'has its result, and callbacks to run',
      { state: 'active', claims: 1, hasResult: true },
      CALLBACKS,
    ],
    ['is a callback whose turn has not come', { state: 'deferred' }, NEW],
    [
      'has its result, and waits for its callbacks',
      { state: 'waiting-children', claims: 1, hasResult: true },
      CALLBACKS,
    ],
    ['was woken by its last callback', { state: 'waiting', claims: 1, hasResult: true }, CALLBACKS],
    ['has ended', { state: 'finished', claims: 1 }, COMPLETED],
    [
      'has ended, after its callbacks',
      { state: 'finished', claims: 2, hasResult: true },
      COMPLETED,
    ],
    [
      'has ended, having waited for others',
      { state: 'finished', claims: 2, suspended: true },
      COMPLETED,
    ],
  ])('J2 %s', (_what, some, status) => {
    expect(statusOf(facts(some))).toBe(status);
  });
});
