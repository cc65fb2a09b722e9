// The dependencies of the system tasks, and the job that a system job is about.
import type { Failure } from '@drover/core';
import {
  referredJob,
  type ClaimedJob,
  type LaneStore,
  type RedisClient,
  type StoredJob,
} from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import type { Log } from '../logging/log.js';

export interface SystemTaskDeps {
  client: RedisClient;
  activation: Activation;
  laneStore: (queue: string, lane: string) => LaneStore;
  logger: Log;
  /** Called when the failure of a job is stored. */
  onFailed: (job: StoredJob, queue: string, failure: Failure) => void;
}

/** The id and the lane of the job that a system job is about. @throws DamagedRecord */
export function subjectOf(
  { args }: ClaimedJob,
  deps: SystemTaskDeps,
): { id: string; store: LaneStore } {
  const { id, queue, lane } = referredJob(args);
  return { id, store: deps.laneStore(queue, lane) };
}
