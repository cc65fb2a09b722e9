// All actions of the API that the page does. An action on many jobs takes `dryRun`, or the number
// that a dry run has counted.
import { addressOf } from '../route/route.js';
import type { Action } from './client.js';

export type Change = 'retry' | 'cancel' | 'remove';
export type Count = { dryRun: true } | { count: number };
export type Setting = 'quotas' | 'rate-limits' | 'schedules';
type Body = Action['body'];

export const actions = {
  changeOne: (change: Change, id: string, body: { queue?: string; reason?: string } = {}) =>
    at(['jobs', id, change], body),
  /** @param filter as of the list of jobs, `status` as an array; undefined: all of the queue */
  changeMany: (change: Change, queue: string, filter: Body | undefined, more: Body & Count) =>
    at(['queues', queue, change], { ...(filter ? { filter } : { all: true }), ...more }),
  pause: (queue: string) => at(['queues', queue, 'pause']),
  resume: (queue: string) => at(['queues', queue, 'resume']),
  /** @param id undefined: all dead letters of the queue */
  letters: (what: 'retry' | 'drop', queue: string, id: string | undefined, count: Count) =>
    at(['queues', queue, 'set-aside', what], id === undefined ? { all: true, ...count } : { id }),
  set: (setting: Setting, queue: string, body: Body) => at(['queues', queue, setting, 'set'], body),
  remove: (setting: Setting, queue: string, name: string) =>
    at(['queues', queue, setting, 'remove'], { name }),
  schedule: (what: 'pause' | 'resume', queue: string, name: string) =>
    at(['queues', queue, 'schedules', what], { name }),
  /** @param grace ms for which running jobs may go on */
  drain: (uuid: string, grace: number) => at(['dispatchers', uuid, 'drain'], { grace }),
  forget: (uuid: string) => at(['dispatchers', uuid, 'forget']),
  setAgent: (
    uuid: string,
    body: { queue: string; name: string; size?: number; lanes?: string[] },
  ) => at(['dispatchers', uuid, 'agents', 'set'], body),
  removeAgent: (uuid: string, body: { queue: string; name: string }) =>
    at(['dispatchers', uuid, 'agents', 'remove'], body),
};

function at(path: readonly string[], body: Body = {}): Action {
  return { url: `api/${addressOf(path)}`, body };
}
