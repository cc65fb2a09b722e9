// The job that a system job is about, with the dependencies of the system tasks.
import type { Failure } from '@drover/core';
import {
  referredJob,
  type ClaimedJob,
  type LaneStore,
  type StoredJob,
} from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import type { InterruptDecidedEvent } from '../context/events.js';
import type { Log } from '../logging/log.js';

export interface SystemTaskDeps {
  activation: Activation;
  laneStore: (queue: string, lane: string) => LaneStore;
  logger: Log;
  /** Called when the failure of a job is stored. */
  onFailed: (job: StoredJob, queue: string, failure: Failure) => void;
  /** Called when the decision on an interrupted job is stored. */
  onDecided: (decided: Decided) => void;
}

/** The decision on an interrupted job. */
export interface Decided extends Pick<InterruptDecidedEvent, 'interruptedAt' | 'state'> {
  job: StoredJob;
  queue: string;
  failure?: Failure;
  delay?: number;
}

/** A job, held by the system job that decides about it. */
export interface Subject extends SystemTaskDeps {
  held: Pick<ClaimedJob, 'id' | 'token'>;
  store: LaneStore;
}

/** @throws DamagedRecord */
export function subjectOf(systemJob: ClaimedJob, deps: SystemTaskDeps): Subject {
  const { id, queue, lane } = referredJob(systemJob.args);
  return { ...deps, store: deps.laneStore(queue, lane), held: { id, token: systemJob.id } };
}
