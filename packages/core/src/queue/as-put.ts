// The state of a job right after its put.
import type { NewStoredJob, StoredJob } from '../model/records.js';

/** The job as pending, without reading it back. */
export function asPut(job: NewStoredJob): StoredJob {
  const state = job.options.beginAfter === undefined ? 'waiting' : 'delayed';
  // Written out: V8 takes 2 µs to add properties to a spread, for each job that is put.
  const { id, lane, task, args, options } = job;
  return {
    id,
    lane,
    task,
    args,
    options,
    state,
    claims: 0,
    suspended: false,
    hasResult: false,
    interruptions: 0,
    attempts: 0,
  };
}
