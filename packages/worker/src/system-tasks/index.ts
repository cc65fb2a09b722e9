// The tasks of the system lane, by name. Each decides about another job.
import { storedHandle, SYSTEM_LANE, SystemTaskName, type StoredJob } from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import type { DispatcherContext } from '../context/context.js';
import type { SystemTask, SystemTasks } from '../run/ready.js';
import { endCancelled } from './end-cancelled.js';
import { handleInterrupt } from './handle-interrupt.js';
import { resumeCallbacks } from './resume-callbacks.js';
import type { SystemTaskDeps } from './subject.js';

/** Of a job that ends from outside. */
const UNKNOWN = { waited: undefined, duration: undefined };

function fenceOf({ claims, claimsBefore = 0 }: StoredJob): number {
  return claims + claimsBefore;
}

export function systemTasks(context: DispatcherContext, activation: Activation): SystemTasks {
  const deps: SystemTaskDeps = {
    activation,
    laneStore: context.laneStore,
    logger: context.settings.logger,
    onFailed: (stored, queue, failure) => {
      if (!context.listens('failed')) return;
      const job = storedHandle(stored, context.queue(queue));
      const fence = fenceOf(stored);
      context.emit('failed', { job, queue, agent: SYSTEM_LANE, fence, ...UNKNOWN, failure });
    },
    onDecided: ({ job: stored, queue, failure, delay, ...how }) => {
      if (!context.listens('interruptDecided')) return;
      const job = storedHandle(stored, context.queue(queue));
      const fence = fenceOf(stored);
      context.emit('interruptDecided', { job, queue, fence, failure, delay, ...how });
    },
  };
  return new Map<string, SystemTask>([
    [SystemTaskName.HANDLE_INTERRUPT, (claim) => handleInterrupt(claim, deps)],
    [SystemTaskName.RESUME_CALLBACKS, (claim) => resumeCallbacks(claim, deps)],
    [SystemTaskName.CANCEL, (claim) => endCancelled(claim, deps)],
  ]);
}
