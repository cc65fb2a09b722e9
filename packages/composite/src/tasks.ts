// The tasks of `serial` and `parallel`: their jobs go on when their parts have completed (C1).
import { defineTask, joinJobs, type Job } from '@drover/core';
import { Composite, type CompositeArgs } from './composite.js';

const compositeTask = (name: string, inOrder: boolean) =>
  defineTask(
    name,
    (parts: Job[], { postprocess: then, onFailure, packed }: CompositeArgs) =>
      joinJobs(parts, { inOrder, then, onFailure, packed }),
    { jobClass: Composite as typeof Job },
  );

export const serialTask = compositeTask('drover.serial', true);
export const parallelTask = compositeTask('drover.parallel', false);
