// Why a job that is pending, or was woken, may not begin (O4): a place, a time, a slot, a key.
import type { ExplainedJob, QueuedReason } from '../../model/explanation.js';
import { optionsOf, orUndefined } from '../../store/bullmq/record-checks.js';
import {
  listOf,
  type Brief,
  type LuaList,
  type StoredFacts,
} from '../../store/bullmq/explain/read-facts.js';
import { entryOf, named, recovering, short, type Scene } from './scene.js';
import { counted, jobsWords, jobWords, timeWords, unlessAny, type WordsOf } from './words.js';

/** Undefined: it may begin, and waits for an agent. `isUnroutable`: no process can run it. */
export function queuedReason(scene: Scene, isUnroutable: boolean): QueuedReason | undefined {
  const { facts, job } = scene;
  const { place, at, limits } = facts;
  if (place === 'dead-letters') return setAside(String(at));
  if (facts.beginBy !== undefined && facts.beginBy < facts.now && !hasBegun(facts))
    return {
      reason: 'begin-by-passed',
      deadline: facts.beginBy,
      dispatchers: recovering(scene),
    };
  if (place === 'parked') return parkedReason(scene);
  if (place === 'later' && !isUnroutable)
    return { reason: 'not-due', dueAt: Number(at), because: whyLater(facts) };
  if (place === 'none') return { reason: 'in-no-list', lane: job.lane };
  if (place === 'later' || limits?.isPaused !== 1) return undefined;
  const since = limits.pausedAt === '' ? undefined : Number(limits.pausedAt);
  return { reason: 'paused', queue: job.queue, lane: job.lane, since };
}

/** @param entry of the hash of dead letters */
function setAside(entry: string): QueuedReason {
  const { reason = 'its entry is damaged', at } = entryOf<{ reason: unknown; at: unknown }>(
    'dead-letters',
    entry,
  );
  return { reason: 'set-aside', why: short(reason), at: Number(at) || 0 };
}

function hasBegun({ brief: [, , , claims = 0, hasManifest, hasResult] }: StoredFacts): boolean {
  return claims > 0 && (hasManifest === 1 || hasResult === 1);
}

function parkedReason(scene: Scene): QueuedReason {
  const { facts, job } = scene;
  const { quota, awaitedKey } = facts;
  if (awaitedKey) {
    const holder = briefIn(scene, awaitedKey.holder as LuaList<unknown>);
    return { reason: 'key-taken', key: awaitedKey.key, holder };
  }
  if (facts.rateLimit) return rateLimited(scene, facts.rateLimit);
  if (!quota) return { reason: 'in-no-list', lane: job.lane };
  const { name, size, held, holders, before, reserved, turn } = quota;
  if (size < 0) return { reason: 'quota-gone', quota: name };
  if (turn && held < size)
    return { reason: 'quota-turn', quota: name, before, ...turnOf(scene, turn) };
  return {
    reason: 'quota-full',
    quota: name,
    size,
    held,
    holders: listOf(holders).map((holder) => named(scene, holder)),
    before,
    reserved,
  };
}

function briefIn(scene: Scene, brief: LuaList<unknown>): ExplainedJob | undefined {
  return Array.isArray(brief) ? named(scene, brief as unknown as Brief) : undefined;
}

/** @param turn as the script has read it */
function turnOf(
  scene: Scene,
  [keysBefore, onTurn]: [number, unknown],
): {
  keysBefore: number | undefined;
  onTurn: ExplainedJob | undefined;
} {
  return {
    keysBefore: keysBefore < 0 ? undefined : keysBefore,
    onTurn: briefIn(scene, onTurn as LuaList<unknown>),
  };
}

/** One that is open lets the job start in its turn. */
function rateLimited(scene: Scene, facts: NonNullable<StoredFacts['rateLimit']>): QueuedReason {
  const { name: rateLimit, max, duration, opensAt, isClosed, before, reserved } = facts;
  if (max < 0) return { reason: 'rate-limit-gone', rateLimit };
  if (facts.turn && facts.isOpen === 1)
    return { reason: 'rate-limit-turn', rateLimit, before, ...turnOf(scene, facts.turn) };
  return {
    ...{ reason: 'rate-limited', rateLimit, max, duration, before, reserved },
    opensAt: opensAt === 0 ? undefined : opensAt,
    isClosed: isClosed === 1,
  };
}

/** Why a job is among the delayed ones. */
function whyLater({
  unknown,
  fields,
  brief: [, , , claims = 0, hasManifest],
}: StoredFacts): 'beginAfter' | 'retry' | 'resume' | 'offer' {
  if (unknown !== undefined && claims > 0) return 'offer';
  if (hasManifest === 1) return 'resume';
  const { beginAfter = 0 } = orUndefined(() => optionsOf(fields.opts)) ?? {};
  const isRetried = fields.dueAt !== undefined && Number(fields.dueAt) >= beginAfter;
  return claims > 0 && isRetried ? 'retry' : 'beginAfter';
}

const LATER = {
  beginAfter: 'its `beginAfter`',
  retry: 'the delay before its next try, as its retry policy said',
  resume: 'it goes on then, as its retry policy said after an interrupt',
  offer: 'the next offer to a process that knows what it needs',
} as const;

const TURN_ADVICE =
  'The keys take turns, so that none of them waits for all jobs of another. More agents in its ' +
  'lane shorten a round.';

function turnWords(
  limit: string,
  {
    before,
    keysBefore,
    onTurn,
  }: { before: number; keysBefore: number | undefined; onTurn: ExplainedJob | undefined },
): string {
  const keys = keysBefore === undefined ? '' : `, after ${counted(keysBefore, 'other key')}`;
  const job = onTurn ? `; on turn is ${jobWords(onTurn)}` : '';
  const others = before > 0 ? `; ${counted(before, 'job')} of its key before it` : '';
  return `waits for the turn of its key in the ${limit}${keys}${job}${others}`;
}

export const QUEUED: WordsOf<QueuedReason> = {
  'set-aside': {
    says: ({ why, at }) => `was set aside as a dead letter at ${timeWords(at)}: ${why}`,
    advice:
      'Mend the record or the program. Then `await queue.deadLetters().retry(id)` puts it back; ' +
      '`drop(id)` removes it.',
  },
  'begin-by-passed': {
    says: ({ deadline, dispatchers }) =>
      `has not begun by ${timeWords(deadline)} (\`beginBy\`), and is about to end with a ` +
      `TimeoutError${unlessAny(dispatchers)}`,
    advice: 'Any dispatcher of the queue ends it: start one where none is active.',
  },
  paused: {
    says: ({ queue, lane, since }) =>
      since === undefined
        ? `does not begin: a BullMQ tool has paused the lane \`${lane}\` of the queue \`${queue}\``
        : `does not begin: the queue \`${queue}\` is paused since ${timeWords(since)}`,
    advice: '`await queue.resume()` lets all lanes go on.',
  },
  'not-due': {
    says: ({ dueAt, because }) => `is not due until ${timeWords(dueAt)}: ${LATER[because]}`,
    advice:
      'Wait until then, or `await job.cancel()`. A job that was never claimed can be removed, and ' +
      'put again without `beginAfter`.',
  },
  'quota-full': {
    says: ({ quota, size, held, holders, before, reserved }) => {
      const slots = `waits for the quota \`${quota}\` (${counted(size, 'slot')})`;
      const full = held > 0 ? `, held by ${jobsWords(holders, held)}` : '';
      const kept = reserved > 0 ? `; ${counted(reserved, 'slot')} for jobs that came before` : '';
      const others = before > 0 ? `; ${counted(before, 'job')} of its lane before it` : '';
      return slots + full + kept + others;
    },
    advice:
      'Explain the jobs that hold it: a slot is free when one of them has its result. Or ' +
      '`await queue.quotas.resize(name, size)`.',
  },
  'quota-turn': {
    says: ({ quota, ...turn }) => turnWords(`quota \`${quota}\``, turn),
    advice: TURN_ADVICE,
  },
  'quota-gone': {
    says: ({ quota }) => `waits for the quota \`${quota}\`, which the queue does not have any more`,
    advice: '`await queue.quotas.create(name, size)` lets it begin.',
  },
  'rate-limited': {
    says: ({ rateLimit, max, duration, opensAt, isClosed, before, reserved }) => {
      const limit = `waits for the rate limit \`${rateLimit}\` (${counted(max, 'start')} in ${duration} ms)`;
      const why = isClosed ? ', which a task has closed with a RateLimitedError' : '';
      const until = opensAt === undefined ? '' : `: closed until ${timeWords(opensAt)}`;
      const kept = reserved > 0 ? `; ${counted(reserved, 'start')} for jobs that came before` : '';
      const others = before > 0 ? `; ${counted(before, 'job')} of its lane before it` : '';
      return limit + why + until + kept + others;
    },
    advice:
      'It begins by itself, in its turn. Or `await queue.rateLimits.resize(name, { max, duration })`.',
  },
  'rate-limit-turn': {
    says: ({ rateLimit, ...turn }) => turnWords(`rate limit \`${rateLimit}\``, turn),
    advice: TURN_ADVICE,
  },
  'rate-limit-gone': {
    says: ({ rateLimit }) =>
      `waits for the rate limit \`${rateLimit}\`, which the queue does not have any more`,
    advice: '`await queue.rateLimits.create(name, { max, duration })` lets it begin.',
  },
  'key-taken': {
    says: ({ key, holder }) =>
      holder
        ? `waits for the end of the job that has its key "${key}": ${jobWords(holder)}`
        : `has waited for the job with its key "${key}", which is gone, and begins with the next ` +
          'look of a dispatcher',
    advice: 'Explain the job that has the key. It is free when that one has completed.',
  },
  'in-no-list': {
    says: ({ lane }) =>
      `is stored, and is in no list of its lane \`${lane}\`: another program has taken it out`,
    advice:
      'No dispatcher finds it. Remove its record with a BullMQ tool, and put the work again, as a ' +
      'new job.',
  },
};
