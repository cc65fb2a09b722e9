// Putting the jobs that a claimed job waits for below it, as a BullMQ flow: job ← then ← jobs (docs/PROTOCOL.md).
import type { RedisClient } from '../../connection.js';
import type { OnFailure } from '../../continuation.js';
import { crashPoint } from '../../crash-points.js';
import type { ClaimedJob, Manifest, NewStoredJob } from '../store.js';
import { noteDeadlines } from './deadlines.js';
import { callbacksArgument } from './callbacks.js';
import type { LaneKeys } from './keys.js';
import { checkReply } from './refusal.js';
import { CHUNK, runScript } from './run-script.js';
import { takeBack } from './take-back.js';

/** The jobs to wait for, as they are to be stored. */
export interface Schedule {
  jobs: readonly NewStoredJob[];
  inOrder: boolean;
  then: NewStoredJob | undefined;
  /** 'stop': the first of `jobs` that fails stops the others, and `then` (C2). */
  onFailure?: OnFailure;
}

interface Node {
  job: NewStoredJob;
  parentId: string;
  /** Nothing is below it: it can start at once. */
  isLeaf: boolean;
  /** Gets the completed jobs as its last arguments. */
  joined: boolean;
}

/** What is written down of a schedule, to compare with what is there later. */
function manifestOf({ jobs, then, onFailure }: Schedule): Manifest {
  const nodes = jobs.length + (then ? 1 : 0);
  return {
    jobs: jobs.map(({ id }) => id),
    ...(then && { then: then.id }),
    ...(onFailure === 'stop' && { onFailure }),
    chunks: Math.max(1, Math.ceil(nodes / CHUNK)),
  };
}

/**
 * Schedules what is not scheduled yet, fenced by the claim (I5).
 * @throws StoreRefusal where the claim is lost, or one of the jobs belongs to another job.
 */
export async function scheduleBelow(
  client: RedisClient,
  keys: LaneKeys,
  claim: ClaimedJob,
  schedule: Schedule,
  now: number,
): Promise<void> {
  const manifest = manifestOf(schedule);
  const manifestJson = JSON.stringify(manifest);
  const scriptKeys = [keys.job(claim.id), keys.lock(claim.id)];
  const isOther = claim.manifest !== undefined && JSON.stringify(claim.manifest) !== manifestJson;
  if (isOther) await takeBack(client, keys, claim.id, claim.token, 'reset');
  const nodes = flowNodes(claim.id, schedule);
  const traits = {
    stops: schedule.onFailure === 'stop',
    of: schedule.inOrder ? outerId(claim.id, schedule) : undefined,
  };
  const held = schedule.then && schedule.jobs.length > 0 && !schedule.inOrder ? schedule.then.id : '';
  for (let chunk = isOther ? 0 : claim.scheduledChunks; chunk < manifest.chunks; chunk++) {
    const isLast = chunk === manifest.chunks - 1;
    const part = nodes.slice(chunk * CHUNK, (chunk + 1) * CHUNK);
    await noteDeadlines(
      client,
      keys,
      part.map(({ job }) => job),
      now,
    );
    const head = [claim.token, chunk, manifestJson, keys.base, now, held, isLast ? 1 : 0];
    const args = [...head, ...part.flatMap((node) => nodeArguments(keys, node, manifest, traits))];
    checkReply(await runScript(client, 'schedule', scriptKeys, args), claim.id);
    crashPoint('schedule.after-chunk');
  }
}

/** The flow, outermost job first, so that nothing starts before all that it leads to is there. */
function flowNodes(parentId: string, schedule: Schedule): Node[] {
  const { jobs, inOrder, then } = schedule;
  const nodes: Node[] = [];
  if (then) nodes.push({ job: then, parentId, isLeaf: jobs.length === 0, joined: true });
  const outer = outerId(parentId, schedule);
  if (!inOrder) return [...nodes, ...jobs.map((job) => ({ job, parentId: outer, isLeaf: true, joined: false }))];
  for (let i = jobs.length - 1; i >= 0; i--) {
    const job = jobs[i] as NewStoredJob;
    nodes.push({ job, parentId: jobs[i + 1]?.id ?? outer, isLeaf: i === 0, joined: false });
  }
  return nodes;
}

/** The job that all others are below: the one that is called with them, or the one that waits. */
function outerId(parentId: string, { then }: Schedule): string {
  return then?.id ?? parentId;
}

function nodeArguments(
  keys: LaneKeys,
  { job, parentId, isLeaf, joined }: Node,
  manifest: Manifest,
  { stops, of }: { stops: boolean; of: string | undefined },
): (string | number)[] {
  // `idof`: a part that fails is done, for whoever waits for it; without it a parent would wait for ever (C2).
  // BullMQ hands the rest through: `stops`, for whoever stores its failure; `of`, the way up from a job in the middle of a row.
  const parent = JSON.stringify({
    id: parentId,
    queueKey: keys.base.slice(0, -1),
    idof: true,
    ...(stops && { stops }),
    ...(of !== undefined && !joined && { of: keys.job(of) }),
  });
  const { id, task, args, options } = job;
  const joinedIds = joined ? JSON.stringify(manifest.jobs) : '';
  return [
    id,
    task,
    args,
    JSON.stringify(options),
    parentId,
    parent,
    isLeaf ? 1 : 0,
    options.beginAfter ?? 0,
    joinedIds,
    callbacksArgument(keys, job),
  ];
}
