// The handle of a composite: a job whose work is other jobs, which stand in its arguments.
import { Job } from '@drover/core';

/** What stands in a composite's arguments after its parts. */
export interface CompositeArgs {
  postprocess?: Job;
  onFailure?: 'stop';
}

/** A composite job. Its parts and its postprocess are handles: `refresh` and `wait` each of them as any job. */
export class Composite<R = unknown, P extends readonly Job[] = readonly Job[]> extends Job<R, []> {
  /** The parts, in the order given. */
  get jobs(): readonly [...P, ...Job[]] {
    return ((this.args[0] as P | undefined) ?? []) as unknown as readonly [...P, ...Job[]];
  }

  /** The job that gets the completed parts, where there is one. */
  get postprocess(): Job<R> | undefined {
    return (this.args[1] as CompositeArgs | undefined)?.postprocess as Job<R> | undefined;
  }
}
