// Reads the stored form of a job: its arguments, and the jobs among them (J4, J12).
import { decode, fromTree } from '../codec/codec.js';
import type { NewJobData, ReviveJob } from '../codec/stored-jobs.js';
import type { StoredJobOptions } from '../model/job-options.js';
import type { JobGateway } from './job-gateway.js';
import {
  callbacksOf,
  handleData,
  isHandle,
  laneOfNew,
  NEVER_PUT,
  NO_JOBS,
  placeOf,
  type AnyHandle,
  type NewState,
  type Place,
} from './handle-data.js';

/** The arguments of a job, where they are known. */
export function readArgs(job: AnyHandle): unknown[] | undefined {
  const data = job[handleData];
  const place = placeOf(job);
  if (!place) return undefined;
  let inner: AnyHandle[] | undefined;
  const revive: ReviveJob = (stored) => {
    const found = place.gateway.revive(stored, job);
    if (stored.kind === 'new' && isHandle(found)) {
      // A near job that is read later is looked for among them.
      if (!inner) data.inner = inner = [...data.inner];
      inner.push(found);
    }
    return found;
  };
  const { state, argsTree } = data;
  if (state.kind === 'placed' && state.stored)
    return decode(state.stored.args, revive) as unknown[];
  data.argsTree = undefined;
  return argsTree === undefined ? undefined : (fromTree(argsTree, revive) as unknown[]);
}

/**
 * Turns a fresh handle into that of a new job, which was found in a value or in the job `around`.
 */
export function reviveNewJob(
  job: AnyHandle,
  { args: argsTree, options, holdsNear, isShared }: NewJobData,
  place: Place,
  around: AnyHandle | undefined,
): void {
  const data = job[handleData];
  data.args = undefined;
  data.argsTree = argsTree;
  data.isShared = isShared === true;
  // Jobs inside a job that was put before are named by their former places.
  data.holdsNear = holdsNear === true || around?.[handleData].holdsNear === true;
  data.around = around;
  data.state = options || place.origin ? newState(place, options) : commonState(place);
}

function newState(
  { gateway, origin }: Place,
  options: StoredJobOptions = NEVER_PUT.options,
): NewState {
  const expectedAt = { gateway, lane: laneOfNew(options), origin };
  return { kind: 'new', options, callbacks: NO_JOBS, belongsTo: undefined, expectedAt };
}

/** The state that all new jobs without options share, such as the parts that a claim reads. */
const commonStates = new WeakMap<JobGateway, NewState>();

function commonState(place: Place): NewState {
  const { gateway } = place;
  let common = commonStates.get(gateway);
  if (!common) commonStates.set(gateway, (common = newState(place)));
  return common;
}

/** The job of that id that stands whole in this new job, or in a job around it. */
export function nearJob(job: AnyHandle, id: string): AnyHandle | undefined {
  for (let next: AnyHandle | undefined = job; next; next = next[handleData].around) {
    if (next.id === id) return next;
    void next.args;
    const found = [...callbacksOf(next), ...next[handleData].inner].find(
      (other) => other.id === id,
    );
    if (found) return found;
  }
  return undefined;
}
