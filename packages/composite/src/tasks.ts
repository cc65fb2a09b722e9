// The tasks of `serial` and `parallel`: their jobs go on when their parts have completed (C1).
import { defineTask, joinJobs, type Continuation, type Job } from '@drover/core';
import { Composite, type CompositeArgs } from './composite.js';

function joinParts(
  parts: Job[],
  { postprocess, onFailure }: CompositeArgs,
  inOrder: boolean,
): Continuation {
  return joinJobs(parts, {
    inOrder,
    ...(onFailure && { onFailure }),
    ...(postprocess && { then: postprocess }),
  });
}

export const serialTask = defineTask(
  'drover.serial',
  (parts: Job[], args: CompositeArgs) => joinParts(parts, args, true),
  { jobClass: Composite as typeof Job },
);

export const parallelTask = defineTask(
  'drover.parallel',
  (parts: Job[], args: CompositeArgs) => joinParts(parts, args, false),
  { jobClass: Composite as typeof Job },
);
