// Says why a job is not done, as data and as a sentence (O4).
import type { Explained, Explanation, Reason } from '../../model/explanation.js';
import { MAIN_LANE } from '../../lib/names.js';
import type { OriginLocation } from '../../model/records.js';
import {
  totalOfParts,
  explainedJob,
  readFacts,
  type StoredFacts,
} from '../../store/bullmq/explain/read-facts.js';
import { readFleet } from '../../store/bullmq/explain/read-fleet.js';
import type { QueueDeps, UseStore } from '../../store/bullmq/queue-access.js';
import { CLAIMED, claimedReason } from './claimed.js';
import { ENDED, endedReason } from './ended.js';
import { NOT_STORED, notStoredReason } from './not-stored.js';
import { QUEUED, queuedReason } from './queued.js';
import { activationIn, verdictOf, type Scene } from './scene.js';
import { UNCLAIMED, unclaimedReason, unroutableReason } from './unclaimed.js';
import { deferredReason, WAITING, waitingReason } from './waiting.js';
import { jobName, type Words, type WordsOf } from './words.js';

/** The words for each reason. */
export const WORDS: WordsOf<Reason> = {
  ...NOT_STORED,
  ...ENDED,
  ...QUEUED,
  ...UNCLAIMED,
  ...CLAIMED,
  ...WAITING,
};

/** The job to explain, as far as the caller knows it. */
export interface AskedJob {
  id: string;
  task?: string | undefined;
  /** Default: the main lane. It may be in any other one. */
  lane?: string;
  /** The jobs that may store it, nearest first. */
  origins?: readonly OriginLocation[];
}

/**
 * Reads why a job is not done: two round trips, three where it has very many parts. `isOver`: the
 * call gives up when this is true.
 */
export async function explainJob(
  use: UseStore,
  { id, task, lane = MAIN_LANE, origins = [] }: AskedJob,
  isOver?: () => boolean,
): Promise<Explanation> {
  return await use(async (deps) => {
    const facts = await readFacts(deps, { id, lane, origins });
    if (facts.key === undefined) return told({ id, task }, notStoredReason(facts, deps.keys));
    const verdict = verdictOf(facts.fields);
    const of = { id, task: facts.brief[1], ...(verdict && { verdict }) };
    return told(of, await storedReason(deps, facts));
  }, isOver && { isOver });
}

async function storedReason(deps: QueueDeps, facts: StoredFacts): Promise<Reason> {
  const { keys } = deps;
  const [, , state] = facts.brief;
  if (state === 'finished') return endedReason({ facts });
  const uuid = activationIn(facts.lock ?? '')?.uuid;
  const [fleet, total] = await Promise.all([
    readFleet(deps, facts.now, uuid),
    totalOfParts(deps, facts),
  ]);
  const scene: Scene = { facts, job: explainedJob(keys, facts.brief), fleet, keys };
  // A claim without a lock: another program has removed it.
  const isUnlocked = state === 'waiting' && facts.place === 'active';
  if (state === 'active' || isUnlocked) return claimedReason(scene);
  if (state === 'deferred') return deferredReason(scene);
  const isAside = facts.place === 'dead-letters';
  if (state === 'waiting-children' && !isAside) return waitingReason(scene, total);
  const unroutable = unroutableReason(scene);
  const queued = queuedReason(scene, unroutable !== undefined);
  return queued ?? unroutable ?? unclaimedReason(scene);
}

/** The explanation with its words. */
export function told(of: Explained, reason: Reason): Explanation {
  const { says, advice } = WORDS[reason.reason] as Words<Reason>;
  const { verdict } = of;
  const ends =
    verdict && reason.reason !== 'cancel-pending'
      ? ` It was ${verdict.why} (${verdict.message}), and ends as soon as it goes on.`
      : '';
  const sentence = `${capital(jobName(of))} ${says(reason)}.${ends}`;
  return { ...of, ...reason, sentence, advice };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
