// The data of a step job: its steps, and how far it is.

/** The name of a job that runs a chain of steps. */
export const CHAIN = 'chain';

export interface Chain {
  /** The steps have the numbers from `next` to `end` - 1. */
  next: number;
  end: number;
  /** Of the step before `next`. */
  value?: number;
}
