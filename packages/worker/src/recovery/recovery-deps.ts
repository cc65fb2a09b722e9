// The dependencies of recovery, which its dispatcher provides.
import type { LocatedJob, WorkerStore } from '@drover/core/internal';
import type { InterruptedEvent } from '../context/events.js';

export interface RecoveryDeps {
  store: WorkerStore['recovery'];
  activations: Pick<WorkerStore['activations'], 'read' | 'forgetEnded'>;
  /** The lanes of a queue that this process serves. */
  ownLanes: (queue: string) => readonly string[];
  onInterrupted: (interrupted: InterruptedEvent) => void;
  onDeadLetter: (job: LocatedJob, reason: string) => void;
  /** A system job that another program had removed was put back (O6). */
  onRestored: (job: LocatedJob) => void;
  onError: (error: Error) => void;
}
