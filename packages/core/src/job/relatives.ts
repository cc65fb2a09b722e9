// The handles of the jobs around a job, as it was last read.
import type { Relatives, StoredPlace } from '../model/facts.js';
import {
  callbacksOf,
  handleData,
  ownJobs,
  placeOfPut,
  storedOf,
  type AnyHandle,
} from './handle-data.js';

/** Of each read of a job: the handles that were made of its relatives, by their ids. */
const made = new WeakMap<Relatives, Map<string, AnyHandle>>();
const NONE: Relatives = { callbacks: [], children: [] };

/** The job that waits for this one, or whose callback it is. */
export function parentOf(job: AnyHandle): AnyHandle | undefined {
  const { state } = job[handleData];
  const given = (state.kind === 'new' ? state : state.before)?.belongsTo;
  return handlesIn(job, ({ parent }) => (parent ? [parent] : []))[0] ?? given;
}

/** The callbacks of a job: those that are stored, then those that this handle was given. */
export function allCallbacksOf(job: AnyHandle): AnyHandle[] {
  return unique([...handlesIn(job, ({ callbacks }) => callbacks), ...callbacksOf(job)], job);
}

/** The jobs that belong to a job, then the others that it waits for. */
export function childrenOf(job: AnyHandle): AnyHandle[] {
  const appended = (storedOf(job)?.appended ?? []).map(({ id, task, lane, queue }) => {
    return { id, task, lane, queue: queue ?? placeOfPut(job)?.gateway.queueName ?? '' };
  });
  const others = handlesIn(job, ({ children }) => [...children, ...appended]);
  return unique([...(job[ownJobs] as AnyHandle[]), ...others], job);
}

function handlesIn(job: AnyHandle, choose: (of: Relatives) => StoredPlace[]): AnyHandle[] {
  const { relatives = NONE } = storedOf(job) ?? {};
  const gateway = placeOfPut(job)?.gateway;
  if (!gateway) return [];
  const handles = made.get(relatives) ?? new Map<string, AnyHandle>();
  if (relatives !== NONE) made.set(relatives, handles);
  return choose(relatives).map((place) => {
    const known = handles.get(place.id);
    if (known) return known;
    const handle = gateway.revive({ kind: 'reference', job: place }) as AnyHandle;
    handles.set(place.id, handle);
    return handle;
  });
}

/** A handle that this process has had before comes in the place of one made for the read. */
function unique(handles: readonly AnyHandle[], job: AnyHandle): AnyHandle[] {
  const own = new Map<string, AnyHandle>();
  for (const known of [...callbacksOf(job), ...(job[ownJobs] as AnyHandle[])])
    own.set(known.id, known);
  const found = new Map<string, AnyHandle>();
  for (const handle of handles)
    if (!found.has(handle.id)) found.set(handle.id, own.get(handle.id) ?? handle);
  return [...found.values()];
}
