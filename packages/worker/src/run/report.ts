// The last step of a run: tells the history, the log and the listeners how it ended (D8, J8).
import { ReassignedError, type Queue } from '@drover/core';
import { claimedHandle, type ClaimedJob, type LaneStore } from '@drover/core/internal';
import type { Activation, Run } from '../activation/activation.js';
import type { DispatcherContext } from '../context/context.js';
import type { JobEvent } from '../context/events.js';
import { stateAfter } from '../history/job-history.js';
import type { LaneHistory } from '../history/lane-history.js';
import { fieldsOfRun } from '../logging/log-fields.js';
import {
  logDeadLetter,
  logDropped,
  logEnd,
  logFailure,
  logPolicyProblem,
  logReassigned,
  logRetry,
  logUnroutable,
} from '../logging/log-job.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import type { SystemTasks } from './ready.js';

export interface ReportDeps {
  context: DispatcherContext;
  activation: Activation;
  queue: Queue;
  agent: string;
  history: LaneHistory;
  systemTasks: SystemTasks;
  store: LaneStore;
  onError: (error: Error) => void;
}

export function report(run: Run, outcome: Outcome, committed: Committed, deps: ReportDeps): void {
  run.hasEnded = true;
  const isSystem = deps.systemTasks.has(run.claim.task);
  if (!isSystem) deps.history.ended(run, committed);
  const { logger } = deps.context.settings;
  try {
    if (!isSystem && run.startedAt !== undefined && logger.isDebug?.())
      logEnd(logger, fieldsOfRun(run), run, committed);
    if (committed.kind === 'stored') reportStored(run, committed.outcome, deps);
    if (committed.kind === 'reassigned') reportReassigned(run, deps);
    if (!isSystem) reportEnd(run, committed, deps);
  } catch (error) {
    // Thrown on, it would lose the other jobs of the slot's hand until a reconcile pass.
    deps.onError(error as Error);
  }
  // A dead letter that could not be stored: a reconcile pass puts the job back, and its next claim
  // tries again (B1). No interrupt would come while this dispatcher goes on.
  const isTriedAgain = outcome.kind === 'deadLetter' && deps.activation.accepting;
  if (committed.kind === 'left') run.isLeft = !isTriedAgain;
  // Puts that are not stored by now never will be.
  const puts = 'puts' in outcome ? outcome.puts : undefined;
  const dropped = puts ? [...run.dropped, ...puts.dropped()] : run.dropped;
  if (dropped.length > 0) logDropped(logger, fieldsOfRun(run), dropped, committed);
}

/** Makes a handle of the job only if somebody listens. */
export function emitOf(
  run: Run,
  event: 'started' | 'completed' | 'reassigned',
  deps: ReportDeps,
): void {
  if (deps.context.listens(event)) deps.context.emit(event, toEvent(run, deps));
}

function reportStored(run: Run, outcome: Outcome, deps: ReportDeps): void {
  const { logger } = deps.context.settings;
  const { claim } = run;
  if (outcome.kind === 'deadLetter') logDeadLetter(logger, fieldsOfRun(run), outcome.reason);
  if (deps.systemTasks.has(claim.task)) return;
  // The run before the callbacks has reported a result that was stored then (J7).
  if (outcome.kind === 'done' && !claim.result) emitOf(run, 'completed', deps);
  if (outcome.kind === 'failed' && !claim.result) reportFailed(run, outcome, deps);
  if (outcome.kind === 'retry') reportRetry(run, outcome, deps);
  if (outcome.kind === 'postponed' && outcome.unknown)
    logUnroutable(logger, fieldsOfRun(run), claim, outcome.unknown);
}

function reportFailed(
  run: Run,
  { failure, policyProblem }: Extract<Outcome, { kind: 'failed' }>,
  deps: ReportDeps,
): void {
  const { claim } = run;
  const { logger } = deps.context.settings;
  if (policyProblem) logPolicyProblem(logger, fieldsOfRun(run), policyProblem);
  logFailure(logger, fieldsOfRun(run), claim, failure);
  if (deps.context.listens('failed'))
    deps.context.emit('failed', { ...toEvent(run, deps), failure });
}

function reportRetry(
  run: Run,
  outcome: Extract<Outcome, { kind: 'retry' }>,
  deps: ReportDeps,
): void {
  const { context } = deps;
  logRetry(context.settings.logger, fieldsOfRun(run), run.claim, outcome);
  const { failure, delay } = outcome;
  if (context.listens('retried'))
    context.emit('retried', { ...toEvent(run, deps), failure, delay });
}

/** Says how a run ended, whatever the way. */
function reportEnd(run: Run, committed: Committed, deps: ReportDeps): void {
  if (!deps.context.listens('ended')) return;
  const state = stateAfter(run, committed);
  if (state === undefined && run.startedAt === undefined) return;
  const outcome = committed.kind === 'stored' ? committed.outcome : undefined;
  deps.context.emit('ended', {
    ...toEvent(run, deps),
    state,
    failure: outcome && 'failure' in outcome ? outcome.failure : undefined,
    delay: delayIn(outcome),
    beganAt: run.claim.beganAt,
  });
}

function delayIn(outcome: Outcome | undefined): number | undefined {
  if (outcome?.kind === 'rateLimited') return outcome.after;
  return outcome?.kind === 'retry' ? outcome.delay : undefined;
}

/** The write of the run was refused (I5). */
function reportReassigned(run: Run, deps: ReportDeps): void {
  const { claim } = run;
  run.stop.abort(new ReassignedError(`${claim.id} was taken away from this dispatcher`));
  logReassigned(deps.context.settings.logger, fieldsOfRun(run), claim);
  if (!deps.systemTasks.has(claim.task)) emitOf(run, 'reassigned', deps);
}

function toEvent(run: Run, { activation, queue, agent, store }: ReportDeps): JobEvent {
  const { claim, hasEnded, startedAt } = run;
  // It has ended without a run, here or elsewhere.
  const isUnrun = hasEnded && startedAt === undefined && claim.attempt === 1 && !claim.manifest;
  // A literal, since V8 takes microseconds longer for a spread.
  return {
    job: claimedHandle(claim, queue, activation.uuid),
    queue: queue.name,
    agent,
    fence: claim.fence,
    waited: isUnrun ? waitedUntilNow(claim, store) : run.waited,
    duration: isUnrun || !hasEnded ? 0 : run.duration,
  };
}

/** Ms since the job was due. */
export function waitedUntilNow({ dueAt }: ClaimedJob, { clock }: LaneStore): number {
  return Math.max(0, Math.round(clock.now() - dueAt));
}
