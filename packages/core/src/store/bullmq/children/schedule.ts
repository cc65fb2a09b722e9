// Stores the children of a claimed job as a BullMQ flow (docs/protocol/composites.md).
import type { RedisClient } from '../../../redis/connection.js';
import { crashPoint } from '../../../lib/crash-points.js';
import type { Schedule } from '../../../model/lane-store.js';
import {
  isPlaced,
  type ClaimedJob,
  type Manifest,
  type NewStoredJob,
  type ScheduledJob,
} from '../../../model/records.js';
import { noteDeadlines } from '../put/deadlines.js';
import { preparePuts, putArguments } from '../put/commit-puts.js';
import { stageIn } from '../put/staged.js';
import {
  addNodeArguments,
  flowNodes,
  nameIn,
  namesIn,
  parentOfParts,
  rootKeyOf,
  type Node,
} from './flow.js';
import { isPack, type Pack } from './packs.js';
import type { LaneKeys } from '../keys.js';
import { sizeOf } from '../long-fields.js';
import { wherePutAll } from '../put/put-at.js';
import { checkReply, refusalCode, RefusalCode } from '../scripts/refusal.js';
import { CHUNK, runScript } from '../scripts/run-script.js';
import { abandonChildren } from './abandon-children.js';

function manifestOf(
  keys: LaneKeys,
  { jobs, then, onFailure, appended }: Schedule,
  chunks: number,
): Manifest {
  return {
    jobs: namesIn(keys, jobs),
    ...(then && { then: nameIn(keys, then) }),
    ...(onFailure === 'stop' && { onFailure }),
    ...(appended && { appended }),
    chunks,
  };
}

/**
 * Stores the chunks that are not stored yet, fenced by the claim (I5).
 * @throws StoreRefusal where the claim is lost, or the job cannot wait for one of the jobs
 */
export async function scheduleChildren(
  client: RedisClient,
  keys: LaneKeys,
  claim: ClaimedJob,
  schedule: Schedule,
  now: number,
): Promise<void> {
  const job = { id: claim.id, keys };
  const nodes = flowNodes(job, schedule);
  const chunks = chunksOfNodes(nodes, schedule.jobs.length, claim.runsAgain === true);
  const manifest = manifestOf(keys, schedule, chunks.length);
  const manifestJson = JSON.stringify(manifest);
  const scriptKeys = [keys.job(claim.id), keys.lock(claim.id)];
  const isOther = claim.manifest !== undefined && JSON.stringify(claim.manifest) !== manifestJson;
  // An earlier attempt, whose reply was lost, may have begun with this manifest.
  const hasBegun = isOther && (await client.hget(keys.job(claim.id), 'manifest')) === manifestJson;
  if (isOther && !hasBegun) await abandonChildren(client, job, claim.token, 'reset');
  const rootKey = schedule.inOrder ? rootKeyOf(job, schedule) : undefined;
  // The postprocess of a `parallel`, which must not be released before the last chunk.
  const barrier = schedule.jobs.length > 0 && !schedule.inOrder ? (manifest.then ?? '') : '';
  const stops = Number(manifest.onFailure === 'stop');
  const scheduler = { keys, schedule, rootKey, options: claim.options };
  const ofAllChunks = [...parentOfParts(keys, nodes, schedule), manifest.then ?? '', stops];
  for (let chunk = isOther ? 0 : claim.scheduledChunks; chunk < manifest.chunks; chunk++) {
    const isLast = chunk === manifest.chunks - 1;
    const part = chunks[chunk] ?? [];
    await noteDeadlines(client, keys, newJobs(part));
    const { base, root } = keys;
    const manifestOnce = chunk === 0 ? manifestJson : '';
    const head = [claim.token, chunk, manifestOnce, base, root, now, barrier, Number(isLast)];
    head.push(...ofAllChunks);
    const puts = (isLast && schedule.puts) || [];
    const ready = await preparePuts(client, keys, puts);
    const args = [...head, ...putArguments(keys, ready)];
    for (const node of await stageIn(client, keys, part, newJobOf))
      addNodeArguments(args, node, scheduler);
    try {
      checkReply(await runScript(client, 'schedule', scriptKeys, args), claim.id);
    } catch (error) {
      if (refusalCode(error) !== RefusalCode.PUT_ELSEWHERE) throw error;
      // The manifest and the chunks before have the old names of the jobs.
      if (chunk > 0) await abandonChildren(client, job, claim.token, 'reset');
      const anew = { ...claim, manifest: undefined, scheduledChunks: 0 };
      return await scheduleChildren(
        client,
        keys,
        anew,
        await withPlaces(client, keys, schedule),
        now,
      );
    }
    crashPoint('schedule.after-chunk');
  }
}

/** Replaces each job that another holder has put elsewhere by its place (J12). */
async function withPlaces(
  client: RedisClient,
  keys: LaneKeys,
  schedule: Schedule,
): Promise<Schedule> {
  const { jobs, then } = schedule;
  const all = then ? [...jobs, then] : jobs;
  const jobKeys = all.map(({ id, lane, queue }) => keys.sibling(lane, queue).job(id));
  const places = await wherePutAll(client, keys, jobKeys);
  const placed = all.map((job, i): ScheduledJob => {
    const at = places[i];
    return at
      ? { kind: 'placed', id: job.id, lane: at.lane, queue: at.queue, origins: [], isComing: false }
      : job;
  });
  return { ...schedule, jobs: placed.slice(0, jobs.length), then: then && placed[jobs.length] };
}

/** A pack of so many parts counts as much as one job that is stored by itself. */
const PACKED = 2;
/** So does a pack with so many bytes of arguments. */
const BYTES = 1_000;
/** The jobs in a chunk of a job that runs again: their packs may have to be opened. */
const CHUNK_AGAIN = 200;
/** The names of so many children are long: they come with a first chunk of one job. */
const MANY_NAMES = 5_000;

/**
 * The nodes in the chunks in which they are stored: one at least.
 * @param names the number of names in the manifest, which comes with the first chunk
 */
function chunksOfNodes(nodes: readonly Node[], names: number, isAgain: boolean): Node[][] {
  const chunks: Node[][] = [];
  let chunk: Node[] = [];
  const full = isAgain ? CHUNK_AGAIN : CHUNK;
  let size = 0;
  let most = names > MANY_NAMES ? 0 : full;
  for (const node of nodes) {
    const more = isPack(node.job) ? sizeOfPack(node.job, isAgain) : 1;
    if (chunk.length > 0 && size + more > most) {
      chunks.push(chunk);
      chunk = [];
      size = 0;
      most = full;
    }
    chunk.push(node);
    size += more;
  }
  return [...chunks, chunk];
}

function sizeOfPack({ parts }: Pack, isAgain: boolean): number {
  if (isAgain) return parts.length;
  const bytes = parts.reduce((sum, { args }) => sum + sizeOf(args), 0);
  return Math.ceil(Math.max(parts.length / PACKED, bytes / BYTES));
}

/** A job that the schedule stores by itself; undefined for a pack, and for a job that was put. */
function newJobOf({ job }: Node): NewStoredJob | undefined {
  return isPack(job) || isPlaced(job) ? undefined : job;
}

/** The jobs that the schedule stores in the queue at hand, beside those in packs. */
function newJobs(nodes: readonly Node[]): NewStoredJob[] {
  return nodes.flatMap((node) => {
    const job = newJobOf(node);
    return job && job.queue === undefined ? [job] : [];
  });
}
