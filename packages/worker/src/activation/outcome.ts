// What one run of a job can end in. `commit` handles each, in one place.
import { Failure, type PolicyData } from '@drover/core';
import type {
  ClaimReply,
  CommittablePuts,
  RefusalCode,
  Schedule,
  StoredResult,
} from '@drover/core/internal';

/** What the call of a task came to. `dropped`: the tasks of what it has put in vain (J6). */
export type Called<P = CommittablePuts> = { dropped?: readonly string[] | undefined } & CalledTo<P>;

export type CalledTo<P> =
  /** `puts`: what it has put, to be stored with what it came to (J6). */
  | { kind: 'value'; value: string; puts?: P | undefined }
  | { kind: 'schedule'; schedule: Schedule; puts?: P | undefined }
  /** It threw, or returned a Failure, which is the same (J3). */
  | { kind: 'thrown'; failure: Failure }
  /** It was not called: its arguments need a codec that is not defined here. */
  | { kind: 'missing'; failure: Failure }
  /** It was not called: its arguments are damaged, or not Drover's. */
  | { kind: 'damaged'; failure: Failure }
  /** It returned what cannot be stored. */
  | { kind: 'unstorable'; failure: Failure };

export type Outcome =
  /** The JSON of its value; `puts`: what it has put, which is stored with it (J6). */
  | { kind: 'done'; value: string; puts?: CommittablePuts | undefined }
  /**
   * `policyProblem`: its retry policy threw, or answered with something odd. `abandonsChildren`: what it
   * waits for, and has not started, is taken back first.
   */
  | { kind: 'failed'; failure: Failure; policyProblem?: Failure; abandonsChildren?: boolean }
  /** It runs again after `failure`, `delay` ms from now: 0 is at once, at the head of the queue. */
  | { kind: 'retry'; failure: Failure; delay: number; policyData: PolicyData }
  /**
   * It goes on when these have completed; undefined where they are scheduled already. `unfinished`:
   * it was woken, and one of them was seen not to have ended.
   */
  | {
      kind: 'waitsFor';
      schedule: Schedule | undefined;
      puts?: CommittablePuts | undefined;
      unfinished?: boolean;
    }
  /**
   * It is not due yet; or something that it needs is unknown here: somebody else may run it, or
   * this process later.
   */
  | { kind: 'postponed'; delay: number; unknown?: { needs: string; reason: string } }
  /** Its quotas had no slot for it: it is in the queue again, waiting for one (Q5). */
  | { kind: 'parked' }
  /** What is stored of it is damaged, or not Drover's: it is a dead letter (B1). */
  | { kind: 'deadLetter'; reason: string }
  /**
   * It stopped because it was told to: whoever interrupts it decides. `atOnce`: the dispatcher that
   * goes on interrupts it itself, since
   * something ended the job's thread that another job has left there (D7).
   */
  | { kind: 'interrupted'; atOnce?: () => Promise<unknown> };

/** How the commit of a run ended. `next`: the reply of a finish that claimed the next job. */
export type Committed =
  | { kind: 'stored'; outcome: Outcome; next?: ClaimReply; inCallbacks?: boolean }
  /** The claim was lost: nothing was stored (I5). */
  | { kind: 'reassigned' }
  /** The claim stands: an interrupt will end it, or `refused` says why this outcome cannot. */
  | { kind: 'left'; refused?: RefusalCode };

/** The end of a job whose result is stored already, its own or that of another one. */
export function resultOutcome(result: StoredResult): Outcome {
  return 'value' in result
    ? { kind: 'done', value: result.value }
    : { kind: 'failed', failure: Failure.fromJSON(result.failure) };
}
