// The children of a job as a BullMQ flow: the parent of each, and the lane where it is (C3, C5).
import type { Schedule } from '../../../model/lane-store.js';
import { isPlaced, type ScheduledJob } from '../../../model/records.js';
import { callbacksArgument } from '../run/callbacks.js';
import type { LaneKeys } from '../keys.js';
import { optionsText, type Inherited } from '../put/option-text.js';
import { isPack, packData, packedParts, type Pack } from './packs.js';

/** A job, with the keys of the lane where it is or will be stored. */
export interface Place {
  id: string;
  keys: LaneKeys;
}

export interface Node {
  job: ScheduledJob | Pack;
  place: Place;
  parent: Place;
  /** It has no children, and can start at once. */
  isLeaf: boolean;
  /** The postprocess: its last arguments are the completed jobs. */
  joined: boolean;
  /** It starts after none of the others, so it may be a job that was put before (J5). */
  mayBeThere: boolean;
}

/** The name of a job for the jobs of a lane. */
export function nameIn(keys: LaneKeys, { id, lane, queue }: ScheduledJob): string {
  return keys.nameOf(id, keys.sibling(lane, queue));
}

export function namesIn(keys: LaneKeys, jobs: readonly ScheduledJob[]): string[] {
  return jobs.map((job) => nameIn(keys, job));
}

/**
 * The flow, outermost job first: no job starts before the jobs that its end releases are stored.
 */
export function flowNodes(waiting: Place, schedule: Schedule): Node[] {
  const { jobs, inOrder, then } = schedule;
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
  const parts = packedParts(waiting.keys, schedule);
  if (!inOrder) {
    const traits = { parent, isLeaf: true, joined: false, mayBeThere: true };
    for (const job of parts) nodes.push({ job, place: placeOf(job), ...traits });
    return nodes;
  }
  for (let i = parts.length - 1; i >= 0; i--) {
    const job = parts[i] as ScheduledJob | Pack;
    const place = placeOf(job);
    nodes.push({ job, place, parent, isLeaf: i === 0, joined: false, mayBeThere: false });
    parent = place;
  }
  return nodes;
}

/** Gives the place of each job of a flow, and makes the keys of each lane once. */
function placesAround(keys: LaneKeys): (job: ScheduledJob | Pack) => Place {
  const known = new Map([[keys.bullQueue, keys]]);
  return (job) => {
    const { id } = job;
    if (isPack(job)) return { id, keys };
    const { lane, queue = keys.queue } = job;
    if (lane === keys.lane && queue === keys.queue) return { id, keys };
    const own = keys.sibling(lane, queue);
    const same = known.get(own.bullQueue) ?? own;
    known.set(own.bullQueue, same);
    return { id, keys: same };
  };
}

/** The key of the root of a chain: the postprocess, or the job that waits. */
export function rootKeyOf({ id, keys }: Place, { then }: Schedule): string {
  return then ? keys.sibling(then.lane, then.queue).job(then.id) : keys.job(id);
}

/**
 * BullMQ's field of a child about its parent. `idof`: BullMQ takes a failed child as ended. Without
 * it the parent would wait for ever (C2). `stops` and `of`, the root of a chain, are for Drover's
 * scripts: BullMQ ignores them.
 */
function parentData(
  { parent, joined }: Pick<Node, 'parent' | 'joined'>,
  { onFailure }: Schedule,
  rootKey: string | undefined,
): string {
  return JSON.stringify({
    id: parent.id,
    queueKey: parent.keys.base.slice(0, -1),
    idof: true,
    ...(onFailure === 'stop' && { stops: true }),
    ...(rootKey !== undefined && !joined && { of: rootKey }),
  });
}

/**
 * Whether the schedule script can store a child together with others: a new job that begins at once
 * beside them, in the lane of the job that waits.
 */
function isPlainPart(keys: LaneKeys, { job, place, joined, mayBeThere }: Node): boolean {
  if (isPack(job) || isPlaced(job) || joined || !mayBeThere) return false;
  if (job.isShared || job.callbacks?.length) return false;
  const { beginAfter, quotas, rateLimits, key } = job.options;
  const isPlain = [beginAfter, quotas, rateLimits, key].every((option) => option === undefined);
  return place.keys === keys && isPlain;
}

/** The name and the data of the parent of all plain parts of a schedule. */
export function parentOfParts(
  keys: LaneKeys,
  nodes: readonly Node[],
  schedule: Schedule,
): [name: string, data: string] {
  const first = nodes.find(({ joined }) => !joined);
  if (!first || schedule.inOrder) return ['', ''];
  const { id, keys: own } = first.parent;
  return [keys.nameOf(id, own), parentData(first, schedule, undefined)];
}

/** The job that schedules children. */
interface Scheduler {
  /** Of the lane of the job. */
  keys: LaneKeys;
  schedule: Schedule;
  /** Of a chain. */
  rootKey: string | undefined;
  /** Its options, of which its new children have some too. */
  options: Inherited;
}

/** Adds the arguments of the schedule script for a node to `args`. */
export function addNodeArguments(
  args: (string | number)[],
  node: Node,
  { keys, schedule, rootKey, options }: Scheduler,
): void {
  const { job, place, parent, isLeaf, joined, mayBeThere } = node;
  if (isPack(job)) {
    args.push('pack', job.id, keys.nameOf(parent.id, parent.keys));
    args.push(parentData(node, schedule, rootKey), isLeaf ? 1 : 0);
    args.push(packData(job), schedule.inOrder ? 1 : 0, optionsText({}, options));
    return;
  }
  if (!isPlaced(job) && isPlainPart(keys, node)) {
    args.push('part', job.id, job.task, job.args, optionsText(job.options, options));
    return;
  }
  const kind = isPlaced(job) ? 'placed' : job.isShared ? 'shared' : 'new';
  args.push(kind, keys.nameOf(job.id, place.keys), keys.nameOf(parent.id, parent.keys));
  args.push(parentData(node, schedule, rootKey), isLeaf ? 1 : 0);
  args.push(joined ? JSON.stringify(namesIn(place.keys, schedule.jobs)) : '', mayBeThere ? 1 : 0);
  if (isPlaced(job)) {
    const origins = job.origins.map(({ id, lane, queue }) => keys.sibling(lane, queue).job(id));
    args.push(JSON.stringify(origins), job.isComing ? 1 : 0);
    return;
  }
  args.push(job.task, job.args, optionsText(job.options, options), job.options.beginAfter ?? 0);
  args.push(callbacksArgument(place.keys, job));
}
