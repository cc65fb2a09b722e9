// The jobs that code has put into a queue.
import { InvalidArgumentError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { describeValue } from '../../lib/describe-value.js';
import { SYSTEM_LANE } from '../../lib/names.js';
import { JobStatus } from '../../model/job-state.js';
import type { StoredJob } from '../../model/records.js';
import type { Queue } from '../../queue/queue.js';
import type { QueueParts } from '../../queue/queue-parts.js';
import { jobFromStored } from '../../task/revive.js';
import { partsOf } from '../time/idle.js';

const PAGE = 1_000;
const ALL: ReadonlySet<JobStatus> = new Set(Object.values(JobStatus));
const PENDING: ReadonlySet<JobStatus> = new Set([JobStatus.PENDING]);

/**
 * Calls `action`, and returns the jobs that are in the queue then and were not before, in the order
 * in which their handles were made: those that it has put, due or not, also where a dispatcher has
 * run them meanwhile. Callbacks are not among them. Where a dispatcher is active, parts of
 * composites that have begun are.
 * @throws what `action` throws; InvalidArgumentError
 */
export async function putsOf(queue: Queue, action: () => unknown): Promise<Job[]> {
  const parts = partsOf('putsOf', queue);
  if (typeof action !== 'function')
    throw new InvalidArgumentError(
      `putsOf takes a function that puts jobs, not ${describeValue(action)}`,
    );
  const before = new Set((await listAll(parts, ALL)).map(({ id }) => id));
  await action();
  const after = await listAll(parts, ALL);
  return toHandles(
    parts,
    after.filter(({ id }) => !before.has(id)),
  );
}

/** The pending jobs of a queue. */
export async function pendingOf(parts: QueueParts): Promise<Job[]> {
  return toHandles(parts, await listAll(parts, PENDING));
}

async function listAll(
  { store }: QueueParts,
  statuses: ReadonlySet<JobStatus>,
): Promise<StoredJob[]> {
  const found: StoredJob[] = [];
  for (let start = 0; ; start += PAGE) {
    const page = await store.list({ statuses }, start, PAGE, { withSystem: false });
    found.push(...page.filter(({ isCallback, lane }) => !isCallback && lane !== SYSTEM_LANE));
    if (page.length < PAGE) return found;
  }
}

/** A UUID v7 has the time at which it was made. */
function toHandles({ gateway }: QueueParts, jobs: StoredJob[]): Job[] {
  jobs.sort((a, b) => (a.id < b.id ? -1 : 1));
  return jobs.map((job) => jobFromStored(job, gateway));
}
