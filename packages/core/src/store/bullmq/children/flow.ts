// The jobs that a job waits for as a BullMQ flow: which stands below which, each in its own lane
// (C3, C5).
import { isPlaced, type OnFailure, type ScheduledJob } from '../../../model/records.js';
import { callbacksArgument } from '../run/callbacks.js';
import type { RunPut } from '../put/commit-puts.js';
import type { LaneKeys } from '../keys.js';

/** The jobs to wait for: new ones as they are to be stored, others by their places. */
export interface Schedule {
  jobs: readonly ScheduledJob[];
  inOrder: boolean;
  then: ScheduledJob | undefined;
  /** 'stop': the first of `jobs` that fails stops the others, and `then` (C2). */
  onFailure?: OnFailure;
  /** How many of `jobs`, the last ones, were appended (C4). */
  appended?: number;
  /** What the run has put: stored together with the last of these (J6). */
  puts?: readonly RunPut[] | undefined;
}

/** A job with the keys of the lane where it is, or will be. */
export interface Place {
  id: string;
  keys: LaneKeys;
}

export interface Node {
  job: ScheduledJob;
  place: Place;
  parent: Place;
  /** Nothing is below it: it can start at once. */
  isLeaf: boolean;
  /** Gets the completed jobs as its last arguments. */
  joined: boolean;
  /** It starts after none of the others: it may have been put before, by anybody (J5). */
  mayBeThere: boolean;
}

/** How the jobs of a lane name a job that is to be stored. */
export function nameIn(keys: LaneKeys, { id, lane, queue }: ScheduledJob): string {
  return keys.nameOf(id, keys.sibling(lane, queue));
}

export function namesIn(keys: LaneKeys, jobs: readonly ScheduledJob[]): string[] {
  return jobs.map((job) => nameIn(keys, job));
}

/** The flow, outermost job first, so that nothing starts before all that it leads to is there. */
export function flowNodes(waiting: Place, { jobs, inOrder, then }: Schedule): Node[] {
  const nodes: Node[] = [];
  const placeOf = placesAround(waiting.keys);
  if (then) {
    const isLeaf = jobs.length === 0;
    nodes.push({
      job: then,
      place: placeOf(then),
      parent: waiting,
      isLeaf,
      joined: true,
      mayBeThere: isLeaf,
    });
  }
  let parent = nodes[0]?.place ?? waiting;
  if (!inOrder) {
    const traits = { parent, isLeaf: true, joined: false, mayBeThere: true };
    return [...nodes, ...jobs.map((job) => ({ job, place: placeOf(job), ...traits }))];
  }
  for (let i = jobs.length - 1; i >= 0; i--) {
    const job = jobs[i] as ScheduledJob;
    const place = placeOf(job);
    nodes.push({ job, place, parent, isLeaf: i === 0, joined: false, mayBeThere: false });
    parent = place;
  }
  return nodes;
}

/** Gives the place of each job of a flow; the keys of a lane are made once. */
function placesAround(keys: LaneKeys): (job: ScheduledJob) => Place {
  const known = new Map([[keys.bullQueue, keys]]);
  return ({ id, lane, queue = keys.queue }) => {
    if (lane === keys.lane && queue === keys.queue) return { id, keys };
    const own = keys.sibling(lane, queue);
    const same = known.get(own.bullQueue) ?? own;
    known.set(own.bullQueue, same);
    return { id, keys: same };
  };
}

/**
 * The key of the job that all others are below: the one that is called with them, or the one that
 * waits.
 */
export function outerKeyOf({ id, keys }: Place, { then }: Schedule): string {
  return then ? keys.sibling(then.lane, then.queue).job(then.id) : keys.job(id);
}

/**
 * What the schedule script gets of a node. `keys`: of the lane of the job that waits; `outerKey`:
 * of a row.
 */
export function nodeArguments(
  keys: LaneKeys,
  { job, place, parent, isLeaf, joined, mayBeThere }: Node,
  { jobs, onFailure }: Schedule,
  outerKey: string | undefined,
): (string | number)[] {
  // `idof`: a part that fails is done, for whoever waits for it; without it a parent would wait for
  // ever (C2). BullMQ hands the rest through: `stops`, for whoever stores its failure; `of`, the
  // way up from a job in the middle of a row.
  const parentJson = JSON.stringify({
    id: parent.id,
    queueKey: parent.keys.base.slice(0, -1),
    idof: true,
    ...(onFailure === 'stop' && { stops: true }),
    ...(outerKey !== undefined && !joined && { of: outerKey }),
  });
  const { id } = job;
  const kind = isPlaced(job) ? 'placed' : job.isShared ? 'shared' : 'new';
  const head = [kind, keys.nameOf(id, place.keys), keys.nameOf(parent.id, parent.keys), parentJson];
  const joinedJson = joined ? JSON.stringify(namesIn(place.keys, jobs)) : '';
  const how = [isLeaf ? 1 : 0, joinedJson, mayBeThere ? 1 : 0];
  if (isPlaced(job)) {
    const origins = job.origins.map(({ id, lane, queue }) => keys.sibling(lane, queue).job(id));
    return [...head, ...how, JSON.stringify(origins), job.isComing ? 1 : 0];
  }
  const { task, args, options } = job;
  return [
    ...head,
    ...how,
    task,
    args,
    JSON.stringify(options),
    options.beginAfter ?? 0,
    callbacksArgument(place.keys, job),
  ];
}
