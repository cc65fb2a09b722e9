// The fields that name a job in the log: the same in every line.
import type { Run } from '../activation/activation.js';

/** The arguments of a job are never logged (B2). */
export interface JobFields {
  /** The id. */
  job: string;
  /** The name of the task; absent if the record is damaged. */
  task?: string;
  queue: string;
  lane: string;
  /** The agent that ran it. Lines of recovery have none of these three. */
  agent?: string;
  /** The number of the run, from 1 (J11). */
  attempt?: number;
  /** Ms from the call of the task here to the end of the run; absent if it was not called. */
  duration?: number;
}

/** For a run of this dispatcher. */
export function fieldsOfRun({ claim, queue, agent, duration }: Run): JobFields {
  const { id, task, lane, attempt } = claim;
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

/** For a job of a lane, without a run. */
export function fieldsIn(
  { queue, lane }: { queue: string; lane: string },
  { id, task }: { id: string; task?: string | undefined },
): JobFields {
  return { job: id, ...(task !== undefined && task !== '' && { task }), queue, lane };
}
