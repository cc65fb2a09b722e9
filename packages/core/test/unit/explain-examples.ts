// An example of each reason why a job is not done (O4).
import type { ExplainedJob, Reason, ReasonOf } from '../../src/model/explanation.js';

const at = Date.parse('2030-01-01T12:00:00Z');
export const other: ExplainedJob = {
  id: '<id>',
  task: 'videos.encode',
  queue: 'videos',
  lane: 'main',
  status: 'active',
};
const gone: ExplainedJob = { ...other, task: '', status: 'gone' };
export const dispatcher = { uuid: '<uuid>', host: 'web-1', pid: 4711 };
export const system: ExplainedJob = {
  ...other,
  id: '<id>.interrupt.1',
  task: 'drover.handleInterrupt',
  lane: 'system',
  status: 'pending',
};

type Data<C extends Reason['reason']> = Omit<ReasonOf<C>, 'reason'>;

/** An example of each reason. A reason without one is an error of types. */
export const examples: { [C in Reason['reason']]: Data<C> } = {
  'not-put': {},
  'put-not-committed': { by: '<id>' },
  'not-stored-yet': { origin: other },
  'never-stored': { origin: gone },
  replaced: { by: '<id>' },
  removed: { queue: 'videos', pulled: false },
  completed: { at },
  failed: { at, failure: { name: 'Error', message: 'no such codec' } },
  'set-aside': { why: 'its data are not the arguments of a task, an array', at },
  'begin-by-passed': { deadline: at, dispatchers: 0 },
  paused: { queue: 'videos', lane: 'main', since: at },
  'not-due': { dueAt: at, because: 'beginAfter' },
  'quota-full': { quota: 'disk', size: 1, held: 1, holders: [other], before: 2, reserved: 0 },
  'quota-turn': { quota: 'team/acme', before: 2, keysBefore: 3, onTurn: undefined },
  'quota-gone': { quota: 'disk' },
  'rate-limited': {
    ...{ rateLimit: 'api', max: 10, duration: 1_000 },
    ...{ opensAt: at, isClosed: false, before: 2, reserved: 0 },
  },
  'rate-limit-turn': { rateLimit: 'tenant/acme', before: 2, keysBefore: 3, onTurn: undefined },
  'rate-limit-gone': { rateLimit: 'api' },
  'key-taken': { key: 'invoice-42', holder: other },
  'in-no-list': { lane: 'main' },
  'lane-unserved': { queue: 'videos', lane: 'gpu', dead: [], stopped: [] },
  'task-not-taken': { lane: 'main', needs: 'videos.encode', dispatchers: 2 },
  'unknown-task': { needs: 'videos.encode', dispatchers: 2 },
  'unknown-policy': { needs: 'patient', dispatchers: 2 },
  'unknown-codec': { needs: 'money', dispatchers: 2 },
  'lane-limited': { lane: 'main', most: 1, active: 1 },
  'dispatchers-blocked': { lane: 'main', blocked: [{ ...dispatcher, blockedFor: 12_000 }] },
  'waits-for-agent': { lane: 'main', before: 2, active: 10 },
  running: { dispatcher, since: at, attempt: 1 },
  'dispatcher-blocked': { dispatcher: { ...dispatcher, blockedFor: 12_000 }, since: at },
  'dispatcher-gone': { dispatcher, state: 'dead', lastPing: at, others: 0 },
  'interrupt-pending': { decider: system, interruptions: 1, dispatchers: 1 },
  'cancel-pending': {
    decider: { ...system, id: '<id>.cancel.1', task: 'drover.cancel' },
    dispatchers: 1,
  },
  'no-holder': { decider: undefined },
  'parts-left': { left: 3, isAtLeast: false, total: 40, parts: [other] },
  'postprocess-left': { postprocess: other },
  'waits-for-job': { job: other },
  'callbacks-left': { left: 1, callbacks: [other] },
  'waits-for-turn': { role: 'part', of: other, left: 1, after: [other] },
  'waits-for-result': { of: other },
  'dependency-gone': { jobs: [gone] },
};
