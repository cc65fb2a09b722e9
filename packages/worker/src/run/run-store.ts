// The writes of a run while its task goes on: annotations, and results of `local.once`. Each is
// repeated until its answer is clear, as a commit is: without that, a lost reply would fail the
// task after its write was stored. A refusal tells the run that its job was taken away (I5).
import { ReassignedError, type Queue } from '@drover/core';
import { Refused, type LaneStore, type TaskCall } from '@drover/core/internal';
import type { Activation, Run } from '../activation/activation.js';
import { persist, whileActive } from './persist.js';

export interface RunStoreDeps {
  store: LaneStore;
  activation: Pick<Activation, 'uuid' | 'abandoned'>;
  onError: (error: Error) => void;
}

export function runStore(
  { claim, stop }: Pick<Run, 'claim' | 'stop'>,
  deps: RunStoreDeps,
): ReturnType<TaskCall['makeStore']> {
  const { store } = deps;
  const insist = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await persist(action, whileActive(deps));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const reassigned = new ReassignedError(`${claim.id} was taken away from this dispatcher`);
      stop.abort(reassigned);
      throw reassigned;
    }
  };
  return {
    fenced: (write) => insist(() => write(claim.token)),
    annotate: (name, json) => insist(() => store.annotate(claim, name, json)),
    readOnce: (key) => insist(() => store.readOnce(claim, key)),
    writeOnce: (key, json, puts) => insist(() => store.writeOnce(claim, key, json, puts)),
  };
}

/** The call of a run's task, which writes through such a store. */
export function taskCall(
  run: Run,
  deps: RunStoreDeps & { queue: Queue; onStarted: (run: Run) => void },
): TaskCall {
  return {
    claim: run.claim,
    queue: deps.queue,
    dispatcher: { uuid: deps.activation.uuid },
    stop: run.stop,
    makeStore: () => runStore(run, deps),
    onStarted: () => deps.onStarted(run),
  };
}
