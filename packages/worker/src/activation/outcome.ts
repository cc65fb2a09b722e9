// The ways in which the call of a task, a run, and its commit end.
import { Failure, type PolicyData } from '@drover/core';
import type { ClaimedJob, CommittablePuts, Refused, Schedule } from '@drover/core/internal';

export type Outcome =
  /** The JSON of the value. `puts`: the run's puts, which are stored with it (J6). */
  | { kind: 'done'; value: string; puts?: CommittablePuts | undefined }
  /**
   * `policyProblem`: the retry policy threw, or gave a wrong answer. `abandonsChildren`: children
   * that have not started are abandoned first (C2).
   */
  | { kind: 'failed'; failure: Failure; policyProblem?: Failure; abandonsChildren?: boolean }
  /** The job runs again after `failure`, `delay` ms from now. 0: at the head of the queue. */
  | { kind: 'retry'; failure: Failure; delay: number; policyData: PolicyData }
  /**
   * The job waits for these children; undefined: for those that are scheduled already.
   * `unfinished`: it was woken although one of them had not ended.
   */
  | {
      kind: 'waitsFor';
      schedule: Schedule | undefined;
      puts?: CommittablePuts | undefined;
      unfinished?: boolean;
    }
  /** The job is not due, or this process does not know something that it needs (unroutable, B1). */
  | { kind: 'postponed'; delay: number; unknown?: { needs: string; reason: string } }
  /**
   * A quota of the job had no free slot, or a rate limit no start: the job waits for that, and is
   * pending again (Q5, Q9).
   */
  | { kind: 'parked' }
  /** The task threw a RateLimitedError: the limits of its job are closed for `after` ms (Q9). */
  | { kind: 'rateLimited'; after: number }
  /** The job's record is damaged, or not Drover's (B1). */
  | { kind: 'deadLetter'; reason: string }
  /**
   * The task threw after its signal was aborted: an interrupt decides about the job. `atOnce`:
   * interrupts the job from here, since its worker thread was lost and this dispatcher goes on
   * (D7).
   */
  | { kind: 'interrupted'; atOnce?: () => Promise<unknown> };

type WaitsFor = Extract<Outcome, { kind: 'waitsFor' }>;

/** The job waits for children that are scheduled already. */
export const WAITS: WaitsFor = { kind: 'waitsFor', schedule: undefined };
/** The job was woken, and one of its children had not ended. */
export const STILL_WAITS: WaitsFor = { ...WAITS, unfinished: true };

/** How the commit of a run ended. */
export type Committed =
  | { kind: 'stored'; outcome: Outcome }
  /** The claim was lost: nothing was stored (I5). */
  | { kind: 'reassigned' }
  /** The claim stands: an interrupt will end it, or `refused` says why this outcome cannot. */
  | { kind: 'left'; refused?: Refused['reason'] | undefined };

/** The outcome of a job whose result is stored already: its own, or that of its postprocess. */
export function resultOutcome(result: NonNullable<ClaimedJob['result']>): Outcome {
  return 'value' in result
    ? { kind: 'done', value: result.value }
    : { kind: 'failed', failure: Failure.fromJSON(result.failure) };
}
