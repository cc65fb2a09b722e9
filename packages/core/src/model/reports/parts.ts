// The parts of a job that waits for others, for a look at them.
import type { Progress } from '../counts.js';

/** The place of a stored job. */
export interface PartPlace {
  id: string;
  queue: string;
  lane: string;
}

/** Numbers of the parts, and some of them. Each list has up to `most`, in the order given (C1). */
export interface Parts extends Progress {
  first: PartPlace[];
  /** The parts that have failed. A part that is not stored any more is not among them. */
  failedParts: PartPlace[];
  activeParts: PartPlace[];
  /** The postprocess. */
  then?: PartPlace;
  onFailure: 'continue' | 'stop';
}
