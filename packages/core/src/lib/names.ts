// Which names queues, lanes, agents, quotas and jobs may have, and the names of Drover's own.
import { InvalidArgumentError } from '../errors.js';
import { describeValue } from './describe-value.js';

/** The lane of jobs whose options name no lane. */
export const MAIN_LANE = 'main';
/** The lane of Drover's own jobs: a backlog or a paused lane must not delay recovery. */
export const SYSTEM_LANE = 'system';

const RESERVED_QUEUES = new Set(['dispatcher', 'dispatchers', 'put-at']);
/** Half of a surrogate pair has no UTF-8: Redis would store another name. */
const FORBIDDEN = /[:/{}\p{Cc}\p{Cs}]/u;
const MAX_LENGTH = 200;

/** @throws InvalidArgumentError unless `name` can be the name of such a thing */
export function checkName(
  what: 'queue' | 'lane' | 'agent' | 'quota' | 'rate limit' | 'schedule',
  name: unknown,
): asserts name is string {
  const of = what === 'agent' ? 'an agent' : `a ${what}`;
  if (typeof name !== 'string' || name === '') {
    throw new InvalidArgumentError(
      `the name of ${of} must be a string that is not empty, not ${describeValue(name)}`,
    );
  }
  if (FORBIDDEN.test(name)) {
    throw new InvalidArgumentError(
      `the name of ${of} may not contain : / { }, half characters or control characters: ` +
        describeValue(name),
    );
  }
  if (name.length > MAX_LENGTH) {
    throw new InvalidArgumentError(`the name of ${of} may have at most ${MAX_LENGTH} characters`);
  }
  if (
    (what === 'queue' && RESERVED_QUEUES.has(name)) ||
    (what === 'lane' && name === SYSTEM_LANE)
  ) {
    throw new InvalidArgumentError(
      `the ${what} name ${JSON.stringify(name)} is reserved: choose another`,
    );
  }
}

/** Of a key, which may contain a slash. */
const FORBIDDEN_IN_KEY = /[:{}\p{Cc}\p{Cs}]/u;

/**
 * Of the name of a key of a quota, `team/acme`, the name of the quota as it is stored: `team/`.
 * Undefined for a quota, or a rate limit, without keys.
 */
export function keyedQuotaOf(name: string): string | undefined {
  const end = name.indexOf('/') + 1;
  return end > 0 ? name.slice(0, end) : undefined;
}

/**
 * Checks the name of a quota or a rate limit as jobs give it (Q9): `disk`, or `team/acme` for the
 * key `acme` of `team`.
 * @throws InvalidArgumentError
 */
export function checkLimitName(
  what: 'quota' | 'rate limit',
  name: unknown,
): asserts name is string {
  const limit = typeof name === 'string' ? keyedQuotaOf(name) : undefined;
  if (limit === undefined) return checkName(what, name);
  checkName(what, limit.slice(0, -1));
  const key = (name as string).slice(limit.length);
  if (key === '')
    throw new InvalidArgumentError(
      `the ${what} ${describeValue(name)} ends with an empty key: write ${describeValue(`${limit}acme`)} for the key "acme"`,
    );
  if (FORBIDDEN_IN_KEY.test(key))
    throw new InvalidArgumentError(
      `the key of a ${what} may not contain : { }, half characters or control characters: ` +
        describeValue(name),
    );
  if (key.length > MAX_LENGTH)
    throw new InvalidArgumentError(
      `the key of a ${what} may have at most ${MAX_LENGTH} characters`,
    );
}

/** Whether Redis can store it unchanged: half of a surrogate pair has no UTF-8. */
export function isText(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}

/** @throws InvalidArgumentError unless `id` can be the id of a job */
export function checkId(id: unknown): asserts id is string {
  if (typeof id !== 'string' || id === '' || id.length > MAX_LENGTH || FORBIDDEN.test(id)) {
    throw new InvalidArgumentError(`a job id must be a UUID string, not ${describeValue(id)}`);
  }
}

/** The ids that Drover makes, those of its own jobs included, and the numbers of BullMQ. */
const MADE_ID = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.[a-z]+\.\d+)*|\d+)$/;

/**
 * For an id under which no job was found: other programs may have given their jobs any ids.
 * @throws InvalidArgumentError where neither Drover nor BullMQ makes such ids: it is misspelt, or
 *   not an id
 */
export function refuseOddId(id: string): void {
  if (MADE_ID.test(id)) return;
  throw new InvalidArgumentError(
    `there is no job ${describeValue(id)}: the id of a job is a UUID in small letters, as job.id`,
  );
}

/** The name of a task, given as the task or as its name. @throws InvalidArgumentError */
export function taskName(task: unknown): string {
  const name: unknown = typeof task === 'string' ? task : (task as { name?: unknown } | null)?.name;
  if (typeof name === 'string' && name !== '') return name;
  throw new InvalidArgumentError('task must be a task of defineTask, or the name of one');
}

/** The tasks of the jobs in the system lane. */
export const SystemTaskName = {
  /** Decides what follows the interrupt of a job (I8). */
  HANDLE_INTERRUPT: 'drover.handleInterrupt',
  /**
   * Resumes a job whose dispatcher ended while its callbacks ran (I1). `system-job.lua` names it
   * too.
   */
  RESUME_CALLBACKS: 'drover.resumeCallbacks',
  /** Ends cancelled jobs (O1). */
  CANCEL: 'drover.cancel',
} as const;
/** The name of a pack in the place of a task; `packs.lua` has it too (docs/protocol/packs.md). */
export const PACK_TASK = 'drover.pack';
/** The task of the callback that picks another by the result: see `addCallbacks` (J7). */
export const PICK_CALLBACK = 'drover.pickCallback';
