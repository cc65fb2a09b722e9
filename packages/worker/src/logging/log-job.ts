// What is logged of a job: its failure (J8), and that it runs again. Never its arguments (B2).
import { RetryCommonForever, type Failure, type FailureLogLevel } from '@drover/core';
import type { ClaimedJob, StoredJob } from '@drover/core/internal';
import type { Log } from './log.js';
import type { JobFields } from './log-fields.js';
import type { Committed, Outcome } from '../activation/outcome.js';

/**
 * Of many times the first is logged, and every fifth: a job that comes back for ever must not fill
 * the log.
 */
const LOG_EVERY = 5;
/** Names of tasks come from whoever puts jobs: not all of them are remembered. */
const MAX_TOLD = 1_000;
/** Why a run that has committed dropped something. */
const A_STEP_FAILED = 'a function of `local.once` failed';

/** J8: at level error, or as the job says. */
export function logFailure(
  logger: Log,
  fields: JobFields,
  { options }: Pick<StoredJob, 'options'>,
  failure: Failure,
): void {
  const level = options.failureLogLevel ?? 'error';
  logger[level]({ ...fields, failure: failure.name, err: failure.toError() }, 'job failed');
}

/**
 * With the back-off of the common policies so many tries take two minutes. What has not passed by
 * then may never pass, and a policy without limits never lets the job fail: somebody must see it.
 */
const TRIES_OF_TROUBLE = 10;
const LEVELS: readonly FailureLogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * `warn`; after many tries that of the job's failure, where that is higher: `fatal` where it is
 * tried for ever.
 */
function levelAfter(
  count: number,
  { failureLogLevel, retryPolicy }: StoredJob['options'],
): FailureLogLevel {
  if (count < TRIES_OF_TROUBLE) return 'warn';
  const ofFailure =
    failureLogLevel ?? (retryPolicy === RetryCommonForever.name ? 'fatal' : 'error');
  return LEVELS.indexOf(ofFailure) > LEVELS.indexOf('warn') ? ofFailure : 'warn';
}

/** A run that ended with an error, and after which the job runs again. */
export function logRetry(
  logger: Log,
  fields: JobFields,
  { retries, options }: ClaimedJob,
  { failure, delay }: Extract<Outcome, { kind: 'retry' }>,
): void {
  const count = retries + 1;
  if (!isWorthLogging(count)) return;
  const about = { ...fields, failure: failure.name, count, delay, err: failure.toError() };
  logger[levelAfter(count, options)](about, 'job is tried again');
}

/**
 * An interrupt, after which the job runs again or waits on. One that only waits loses nothing by
 * it, however often.
 */
export function logInterrupt(
  logger: Log,
  fields: JobFields,
  { interruptions, onlyWaits, options }: StoredJob,
  delay: number,
): void {
  if (!isWorthLogging(interruptions)) return;
  const level = onlyWaits ? 'warn' : levelAfter(interruptions, options);
  logger[level]({ ...fields, count: interruptions, delay }, 'job goes on after an interrupt');
}

/**
 * Puts of a run that are not stored, since it did not commit (J6): whoever had another run do them
 * has to be told.
 */
export function logDropped(
  logger: Log,
  fields: JobFields,
  dropped: readonly string[],
  committed: Committed,
): void {
  const tasks: Record<string, number> = {};
  for (const name of dropped) tasks[name] = (tasks[name] ?? 0) + 1;
  const why =
    committed.kind === 'stored' ? WHY_DROPPED[committed.outcome.kind] : WHY_DROPPED[committed.kind];
  logger.warn(
    { ...fields, puts: dropped.length, tasks },
    `dropped what the run has put (J6): ${why}`,
  );
}

const WHY_DROPPED: Readonly<Record<Outcome['kind'] | 'reassigned' | 'left', string>> = {
  done: A_STEP_FAILED,
  waitsFor: A_STEP_FAILED,
  failed: 'the job failed',
  retry: 'the job failed, and is tried again',
  postponed: 'the job cannot be run here',
  parked: 'the job waits for a quota',
  deadLetter: 'the job is a dead letter',
  interrupted: 'the job was interrupted',
  reassigned: 'the job was taken away',
  left: 'the job was interrupted',
};

/** A policy that threw, or answered with something odd: the job ends. */
export function logPolicyProblem(logger: Log, fields: JobFields, problem: Failure): void {
  logger.error({ ...fields, err: problem.toError() }, 'its retry policy failed');
}

/** A listener of `local.signal` threw, or rejected: the task goes on. */
export function logSignalProblem(logger: Log, fields: JobFields, problem: Failure): void {
  logger.error({ ...fields, err: problem.toError() }, 'a listener of local.signal failed');
}

/** What was said to be unknown, by whom. */
const loggedUnroutable = new WeakMap<Log, Set<string>>();

/**
 * A job that needs something which is not defined in this process (B1): said once of each thing,
 * and when the job comes again and again.
 */
export function logUnroutable(
  logger: Log,
  fields: JobFields,
  { unroutableOffers }: ClaimedJob,
  { needs, reason }: { needs: string; reason: string },
): void {
  const count = unroutableOffers + 1;
  const told = loggedUnroutable.get(logger) ?? new Set();
  loggedUnroutable.set(logger, told);
  const isNew = !told.has(needs);
  if (!isNew && !isWorthLogging(count)) return;
  if (told.size < MAX_TOLD) told.add(needs);
  logger.warn({ ...fields, count }, `job cannot be run here: ${reason}`);
}

/** A job that cannot be run: what is stored of it is damaged, or not Drover's (B1). */
export function logDeadLetter(logger: Log, fields: JobFields, reason: string): void {
  logger.error({ ...fields, reason }, 'job became a dead letter: see queue.deadLetters()');
}

/** I5: what a run brought that had lost its job. */
export function logReassigned(logger: Log, fields: JobFields, { fence }: ClaimedJob): void {
  logger.warn({ ...fields, fence }, 'reassigned: a late result was refused');
}

/** A job that was started was taken from its owner, which has stopped or died. */
export function logInterrupted(
  logger: Log,
  fields: JobFields,
  about: { handleInterrupt: string; owner: string },
): void {
  logger.info({ ...fields, ...about }, 'job interrupted');
}

/** Another program has removed one of recovery's own jobs, which is there again (O6). */
export function logRestored(logger: Log, fields: JobFields): void {
  logger.warn(
    fields,
    'a job of the system lane had been removed by another program: it is put back',
  );
}

/** Why a job is a dead letter for which a script fails: what cannot be done, and what Redis says. */
export function sinceDamaged(what: string, { message }: Error): string {
  return `${what}, since something stored of it, or of a job that waits for it, is damaged: ${message}`;
}

function isWorthLogging(count: number): boolean {
  return count === 1 || count % LOG_EVERY === 0;
}
