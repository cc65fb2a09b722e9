// What one run of a job can end in. `commit` handles each, in one place.
import type { Failure, PolicyData } from '@drover/core';
import type { Schedule } from '@drover/core/internal';

export type Outcome =
  /** The JSON of its value. */
  | { kind: 'done'; value: string }
  | { kind: 'failed'; failure: Failure }
  /** It runs again, `delay` ms from now: 0 is at once, at the head of the queue. */
  | { kind: 'retry'; delay: number; policyData: PolicyData }
  /** It goes on when these have completed; undefined where they are scheduled already. */
  | { kind: 'waitsFor'; schedule: Schedule | undefined }
  /** It cannot be run here; somebody else may, or this process later. */
  | { kind: 'postponed'; delay: number }
  /** It stopped because it was told to: whoever interrupts it decides. */
  | { kind: 'interrupted' };
