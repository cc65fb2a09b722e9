// The lines of the log about jobs: failures (J8), retries, interrupts. They never contain the
// arguments of a job (B2).
import { RetryCommonForever, type Failure, type FailureLogLevel } from '@drover/core';
import type { ClaimedJob, StoredJob } from '@drover/core/internal';
import { LEVELS, type Log } from './log.js';
import type { JobFields } from './log-fields.js';
import type { Run } from '../activation/activation.js';
import type { Committed, Outcome } from '../activation/outcome.js';

/** The first and each fifth repetition is logged, or a job without end would fill the log. */
const LOG_EVERY = 5;
/** Bounds the memory for names, since producers choose the names of tasks. */
const MAX_LOGGED = 1_000;
const A_STEP_FAILED = 'a function of `local.once` failed';

/** The task of a job is called (D11). */
export function logStart(logger: Log, fields: JobFields, { waited }: Run): void {
  logger.debug({ ...fields, waited }, 'job started');
}

/** A run whose task was called has ended, in this way (D11). */
export function logEnd(
  logger: Log,
  fields: JobFields,
  { waited }: Run,
  committed: Committed,
): void {
  const outcome = committed.kind === 'stored' ? committed.outcome.kind : committed.kind;
  logger.debug({ ...fields, waited, outcome }, 'run ended');
}

/** At level error, or at the job's `failureLogLevel` (J8). */
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
 * With the back-off of the common policies so many tries take two minutes. A cause that lasts
 * longer may be permanent, and a policy without a limit never logs a failure.
 */
const MANY_TRIES = 10;

/**
 * `warn`. After many tries the level of the job's failure, if that is higher: `fatal` for a job
 * that is retried without limit.
 */
function levelAfter(
  count: number,
  { failureLogLevel, retryPolicy }: StoredJob['options'],
): FailureLogLevel {
  if (count < MANY_TRIES) return 'warn';
  const ofFailure =
    failureLogLevel ?? (retryPolicy === RetryCommonForever.name ? 'fatal' : 'error');
  return LEVELS.indexOf(ofFailure) > LEVELS.indexOf('warn') ? ofFailure : 'warn';
}

/** A run failed, and the job runs again. */
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
 * A job was interrupted, and runs again or still waits. A job that only waits loses nothing by
 * that: its level stays `warn`.
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

/** The puts of a run are not stored, since it did not commit (J6). The log is the only trace. */
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
    `puts of the run were dropped (J6): ${why}`,
  );
}

const WHY_DROPPED: Readonly<Record<Outcome['kind'] | 'reassigned' | 'left', string>> = {
  done: A_STEP_FAILED,
  waitsFor: A_STEP_FAILED,
  failed: 'the job failed',
  retry: 'the job failed, and is tried again',
  postponed: 'the job cannot be run here',
  parked: 'the job waits for a quota or a rate limit',
  rateLimited: 'the job has closed its rate limits, and waits for these',
  deadLetter: 'the job is a dead letter',
  interrupted: 'the job was interrupted',
  reassigned: 'the job was reassigned',
  left: 'the job was interrupted',
};

/** The task of a run that has ended by its timeout goes on (J10). */
export function logStuck(logger: Log, fields: JobFields): void {
  logger.warn(fields, 'the slot is stuck: its task goes on after the timeout of its job');
}

/** That task has ended. What it gave is dropped. */
export function logReturned(logger: Log, fields: JobFields): void {
  logger.info(fields, 'the slot is free again: its task has ended after the timeout of its job');
}

/** The retry policy threw, or gave a wrong answer: the job fails. */
export function logPolicyProblem(logger: Log, fields: JobFields, problem: Failure): void {
  logger.error({ ...fields, err: problem.toError() }, 'its retry policy failed');
}

/** A listener of `local.signal` threw or rejected: the task goes on. */
export function logSignalProblem(logger: Log, fields: JobFields, problem: Failure): void {
  logger.error({ ...fields, err: problem.toError() }, 'a listener of local.signal failed');
}

/** The needs that were logged, by logger. */
const loggedUnroutable = new WeakMap<Log, Set<string>>();

/**
 * A job needs a task, policy or codec that this process does not define (B1). Logged once for each
 * of these, and when the same job comes back often.
 */
export function logUnroutable(
  logger: Log,
  fields: JobFields,
  { unroutableOffers }: ClaimedJob,
  { needs, reason }: { needs: string; reason: string },
): void {
  const count = unroutableOffers + 1;
  const logged = loggedUnroutable.get(logger) ?? new Set();
  loggedUnroutable.set(logger, logged);
  if (logged.has(needs) && !isWorthLogging(count)) return;
  if (logged.size < MAX_LOGGED) logged.add(needs);
  logger.warn({ ...fields, count }, `job cannot be run here: ${reason}`);
}

/** The record of a job is damaged, or not Drover's (B1). */
export function logDeadLetter(logger: Log, fields: JobFields, reason: string): void {
  logger.error({ ...fields, reason }, 'job became a dead letter: see queue.deadLetters()');
}

/** A job was interrupted while it ran here, so that its result was refused (fencing, I5). */
export function logReassigned(logger: Log, fields: JobFields, { fence }: ClaimedJob): void {
  logger.warn({ ...fields, fence }, 'reassigned: a late result was refused');
}

/** A started job was interrupted, since its dispatcher `owner` stopped or died. */
export function logInterrupted(
  logger: Log,
  fields: JobFields,
  about: { handleInterrupt: string; owner: string },
): void {
  logger.info({ ...fields, ...about }, 'job interrupted');
}

/** Another program had removed a job of the system lane (O6). */
export function logRestored(logger: Log, fields: JobFields): void {
  logger.warn(
    fields,
    'a job of the system lane had been removed by another program: it is put back',
  );
}

/** Why a job becomes a dead letter if a script fails: `what` cannot be done, and Redis's error. */
export function sinceDamaged(what: string, { message }: Error): string {
  return `${what}, since its record, or that of a dependent, is damaged: ${message}`;
}

function isWorthLogging(count: number): boolean {
  return count === 1 || count % LOG_EVERY === 0;
}
