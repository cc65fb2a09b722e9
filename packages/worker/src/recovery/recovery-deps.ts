// The dependencies of recovery, which its dispatcher provides.
import type { LaneKeys, LaneStore, RedisClient } from '@drover/core/internal';

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
  client: RedisClient;
  prefix: string;
  laneStore: (queue: string, lane: string) => LaneStore;
  /** The lanes of a queue that this process serves. */
  ownLanes: (queue: string) => readonly string[];
  /** `dispatcher`: the UUID of the one that held the job. */
  onInterrupted: (interrupted: Interrupted & { dispatcher: string }) => void;
  onDeadLetter: (jobId: string, keys: LaneKeys, reason: string) => void;
  /** A system job that another program had removed was put back (O6). */
  onRestored: (id: string, keys: LaneKeys) => void;
  onError: (error: Error) => void;
}
