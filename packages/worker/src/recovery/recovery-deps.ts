// The dependencies of recovery, which its dispatcher provides.
import type { ActivationStore, LocatedJob, RecoveryStore } from '@drover/core/internal';

/** A job that was interrupted. */
export interface Interrupted {
  jobId: string;
  task: string;
  queue: string;
  lane: string;
  /** The id of its handleInterrupt job. */
  handleInterrupt: string;
}

export interface RecoveryDeps {
  store: RecoveryStore;
  activations: Pick<ActivationStore, 'read'>;
  /** The lanes of a queue that this process serves. */
  ownLanes: (queue: string) => readonly string[];
  /** `dispatcher`: the UUID of the one that held the job. */
  onInterrupted: (interrupted: Interrupted & { dispatcher: string }) => void;
  onDeadLetter: (job: LocatedJob, reason: string) => void;
  /** A system job that another program had removed was put back (O6). */
  onRestored: (job: LocatedJob) => void;
  onError: (error: Error) => void;
}
