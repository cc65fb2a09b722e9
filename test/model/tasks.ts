// The tasks of random histories, and the policies of their jobs.
import { defineRetryPolicy, defineTask, joinJobs, RetryCommonForever } from '@drover/core';
import { LATER } from './clock.js';

/** After an interrupt it says: later. */
export const Later = defineRetryPolicy('model.later', {
  jobError: () => false,
  commitError: () => false,
  interrupted: () => LATER,
});

export const POLICIES = { forever: RetryCommonForever.name, later: Later.name } as const;
export type PolicyName = keyof typeof POLICIES;

let during: (() => Promise<void>) | undefined;

/** The behaviour of the next run. */
export function doNext(action: (() => Promise<void>) | undefined): void {
  during = action;
}

export const plain = defineTask('model.plain', async () => {
  const action = during;
  during = undefined;
  await action?.();
});

export const flow = defineTask('model.flow', (retryPolicy: string, inOrder: boolean) =>
  joinJobs(
    [0, 1].map(() => plain.job().with({ retryPolicy })),
    { inOrder },
  ),
);
