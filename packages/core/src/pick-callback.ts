// The callback that `addCallbacks` adds: it goes on with one of two jobs, by the result; or passes
// the result through (J7).
import { Failure } from './failure.js';
import { withLastArgument } from './handle.js';
import { PickJob, type Job } from './job.js';
import { PICK_CALLBACK } from './names.js';
import { defineTask } from './task.js';

defineTask(
  PICK_CALLBACK,
  (picks: { success?: Job; failure?: Job }, result: unknown): unknown => {
    const picked = result instanceof Failure ? picks.failure : picks.success;
    return picked ? withLastArgument(picked, result) : result;
  },
  { jobClass: PickJob },
);
