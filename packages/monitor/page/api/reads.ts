// All looks at the API that the page takes, with the types of their answers.
import type { DeadLetter, Explanation, JobSchedule, Quota, RateLimit } from '@drover/core';
import type {
  DispatcherState,
  DispatcherView,
  Finding,
  FleetActivity,
  FleetStatus,
  Interrupts,
  JobRow,
  JobView,
  MonitorFacts,
  PartPage,
  QueueState,
  TreeNode,
} from '@drover/monitor';
import { HANDLE_INTERRUPT, SYSTEM_LANE } from '../../src/text/recovery-names.js';
import { addressOf, type Query } from '../route/route.js';
import type { Read } from './client.js';

/** `more`: there are jobs behind this page. */
export interface JobPage {
  jobs: JobRow[];
  start: number;
  limit: number;
  more: boolean;
}

export interface LetterPage {
  letters: DeadLetter[];
  start: number;
  limit: number;
  total: number;
}

export const reads = {
  about: () => at<MonitorFacts>(['about']),
  status: () => at<FleetStatus>(['status']),
  /** @param within ms before now */
  activity: (within: number, steps: number) =>
    at<FleetActivity>(['activity'], { within: String(within), steps: String(steps) }),
  doctor: () => at<Finding[]>(['doctor']),
  queue: (queue: string) => at<QueueState>(['queues', queue]),
  jobs: (queue: string, query: Query) => at<JobPage>(['queues', queue, 'jobs'], query),
  setAside: (queue: string, query: Query) => at<LetterPage>(['queues', queue, 'set-aside'], query),
  quotas: (queue: string): Read<Quota[]> => at(['queues', queue, 'quotas']),
  rateLimits: (queue: string): Read<RateLimit[]> => at(['queues', queue, 'rate-limits']),
  schedules: (queue: string) => at<JobSchedule[]>(['queues', queue, 'schedules']),
  job: (id: string, queue?: string) => at<JobView>(['jobs', id], { queue }),
  /** Recovery's own jobs about a job, the newest first (I8). */
  interruptsOf: (id: string, queue: string) =>
    at<JobPage>(['queues', queue, 'jobs'], {
      ...{ lane: SYSTEM_LANE, task: HANDLE_INTERRUPT, text: id, limit: '20' },
      status: 'completed,active,pending',
    }),
  explain: (id: string, queue?: string) => at<Explanation>(['jobs', id, 'explain'], { queue }),
  tree: (id: string, query: Query) => at<TreeNode>(['jobs', id, 'tree'], query),
  /** A thousand parts of a composite. */
  parts: (id: string, queue: string, start: number) =>
    at<PartPage>(['jobs', id, 'parts'], { queue, start: String(start) }),
  interrupts: () => at<Interrupts>(['interrupts']),
  dispatchers: (query: Query = {}) => at<DispatcherState[]>(['dispatchers'], query),
  dispatcher: (uuid: string) => at<DispatcherView>(['dispatchers', uuid]),
};

function at<T>(path: readonly string[], query: Query = {}): Read<T> {
  return { url: `api/${addressOf(path, query)}` };
}
