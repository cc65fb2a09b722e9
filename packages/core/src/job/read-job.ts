// Reads the stored form of a job: its arguments, and the jobs among them (J4, J12).
import { decode, fromTree } from '../codec/codec.js';
import type { NewJobData, ReviveJob } from '../codec/stored-jobs.js';
import {
  callbacksOf,
  handleData,
  isHandle,
  laneOfNew,
  NEVER_PUT,
  placeOf,
  type AnyHandle,
  type Place,
} from './handle-data.js';

/** The arguments of a job, where they are known. */
export function readArgs(job: AnyHandle): unknown[] | undefined {
  const data = job[handleData];
  const place = placeOf(job);
  if (!place) return undefined;
  const revive: ReviveJob = (stored) => {
    const found = place.gateway.revive(stored, job);
    if (stored.kind === 'new' && isHandle(found)) data.inner.push(found);
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
  { args: argsTree, options = {}, holdsNear, isShared }: NewJobData,
  place: Place,
  around: AnyHandle | undefined,
): void {
  const lane = laneOfNew({ ...NEVER_PUT, options });
  Object.assign(job[handleData], {
    args: undefined,
    argsTree,
    isShared: isShared === true,
    // Jobs inside a job that was put before are named by their former places.
    holdsNear: holdsNear === true || around?.[handleData].holdsNear === true,
    around,
    state: { ...NEVER_PUT, options, expectedAt: { ...place, lane } },
  });
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
