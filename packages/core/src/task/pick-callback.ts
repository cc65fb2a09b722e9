// The task of the callback of `addCallbacks`: it runs one of two jobs, by the result, or passes the
// result through (J7).
import { Failure } from '../codec/failure.js';
import { withLastArgument } from '../job/handle.js';
import { PickJob, type Job } from '../job/job.js';
import { PICK_CALLBACK } from '../lib/names.js';
import { defineTask } from './task.js';

defineTask(
  PICK_CALLBACK,
  (picks: { success?: Job; failure?: Job }, result: unknown): unknown => {
    const picked = result instanceof Failure ? picks.failure : picks.success;
    return picked ? withLastArgument(picked, result) : result;
  },
  { jobClass: PickJob },
);
