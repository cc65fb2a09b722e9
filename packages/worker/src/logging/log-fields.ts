// The fields by which each line of the log names the job that it is about: always the same ones.
import type { LaneKeys } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';

/** Never its arguments (B2). */
export interface JobFields {
  /** Its id. */
  job: string;
  /** The name of its task, where that is known. */
  task?: string;
  queue: string;
  lane: string;
  /** The agent that has run it; absent in what recovery says of it, as the two below. */
  agent?: string;
  /** Which try this was, from 1: after an error or an interrupt it is the next one. */
  attempt?: number;
  /**
   * Ms from the start of its task here to the end of the run; absent where its task was not
   * started.
   */
  duration?: number;
}

/** Of a run of this dispatcher. */
export function fieldsOfRun({ claim, queue, agent, duration }: Run): JobFields {
  const { id, task, lane, retries, interruptions } = claim;
  const attempt = retries + interruptions + 1;
  return {
    job: id,
    task,
    queue,
    lane,
    agent,
    attempt,
    ...(duration !== undefined && { duration }),
  };
}

/** Of a job that stands in a lane. */
export function fieldsIn(
  { queue, lane }: LaneKeys,
  { id, task }: { id: string; task?: string | undefined },
): JobFields {
  return { job: id, ...(task !== undefined && task !== '' && { task }), queue, lane };
}
