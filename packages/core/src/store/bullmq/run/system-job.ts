// The jobs of the system lane name the job that they are about as their first argument.
import { DamagedRecord } from '../../../model/store-errors.js';
import type { LocatedJob } from '../../../model/stores.js';
import type { LaneKeys } from '../keys.js';
import { parsed } from '../record-checks.js';

/** A job among the arguments of another one. */
export function referenceTo(keys: LaneKeys, id: string, task: string) {
  return { $drover: 'job', job: { id, task, queue: keys.queue, lane: keys.lane } };
}

/** The first argument, in JSON, of one of Drover's own jobs. @throws DamagedRecord */
export function referredJob(args: string): LocatedJob {
  const [first] = parsed('data', args, isReferences) ?? [];
  if (!first) throw new DamagedRecord('its data do not name a job');
  return first.job;
}

interface Reference {
  job: LocatedJob;
}

function isReferences(value: unknown): value is Reference[] {
  if (!Array.isArray(value)) return false;
  const job = (value[0] as Partial<Reference> | null | undefined)?.job;
  return [job?.id, job?.queue, job?.lane].every((part) => typeof part === 'string' && part !== '');
}
