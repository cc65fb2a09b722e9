// The parts of a job that waits for others, for a look at them.
import type { Progress } from '../counts.js';

/** The place of a stored job. */
export interface PartPlace {
  id: string;
  queue: string;
  lane: string;
}

/** 'failed': or it was removed. 'pending': or its turn has not come. */
export type PartState = 'succeeded' | 'failed' | 'active' | 'pending';

/** Some of the parts, in the order given (C1), and what they do. */
export interface PartStates {
  /** The number of all parts. */
  parts: number;
  states: (PartPlace & { state: PartState })[];
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
