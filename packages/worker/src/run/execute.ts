// A claimed job's way through this process: run it, store what came of it, and say so.
import { Failure, ReassignedError } from '@drover/core';
import {
  CANCEL,
  HANDLE_INTERRUPT,
  gatewayOf,
  jobFromStored,
  refusalCode,
  RESUME_CALLBACKS,
  type ClaimedJob,
  type ClaimReply,
} from '@drover/core/internal';
import { newRun, type Activation, type Run } from '../activation/activation.js';
import { handleOf } from './call.js';
import { endCancelled } from '../recovery/cancel.js';
import type { DispatcherContext } from '../context/context.js';
import { commit } from './commit.js';
import { commitError, isOfDamaged, outcomeOf } from './end-of-run.js';
import type { JobEvent } from '../context/events.js';
import { handleInterrupt, type InterruptDeps } from '../recovery/handle-interrupt.js';
import type { LaneHistory } from '../history/lane-history.js';
import { fieldsOfRun } from '../logging/log-fields.js';
import {
  logDropped,
  logFailure,
  logPolicyProblem,
  logReassigned,
  logRetry,
  logDeadLetter,
  logSignalProblem,
  logUnroutable,
} from '../logging/log-job.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import { resumeCallbacks } from '../recovery/resume-callbacks.js';
import { runJob, type RunDeps } from './run.js';
import type { CommitDeps } from './write.js';

/** Where claimed jobs are executed: made once for a slot, which executes one after another. */
export interface ExecuteDeps extends RunDeps, CommitDeps {
  activation: Activation;
  context: DispatcherContext;
  agent: string;
  /** Where it is told what becomes of the job (D8). */
  history: LaneHistory;
}

/** What is to be said of a place: the name of its queue, and the rest. */
type ExecuteSetup = Omit<ExecuteDeps, 'queue' | 'client' | 'onStarted'> & { queue: string };

export function executeDeps({ queue, ...setup }: ExecuteSetup): ExecuteDeps {
  const { context } = setup;
  const deps: ExecuteDeps = {
    ...setup,
    queue: context.queue(queue),
    client: context.client,
    onStarted: (run) => {
      deps.history.started(run);
      emitOf(run, 'started', deps);
    },
  };
  return deps;
}

/**
 * An interrupt whose policy is unknown here, or that failed, is tried again after so many ms, for
 * ever (I3).
 */
const RETRY_INTERRUPT = 1_000;

type SystemTask = (claim: ClaimedJob, deps: InterruptDeps) => Promise<string>;

/** What jobs of the system lane do, by task. */
const SYSTEM_TASKS: ReadonlyMap<string, SystemTask> = new Map<string, SystemTask>([
  [HANDLE_INTERRUPT, handleInterrupt],
  [RESUME_CALLBACKS, resumeCallbacks],
  [CANCEL, endCancelled],
]);

/**
 * Executes a claim; gives the reply of the finish that claimed the next job, where there is one.
 */
export async function execute(
  claim: ClaimedJob,
  deps: ExecuteDeps,
): Promise<ClaimReply | undefined> {
  const { queue, agent, activation, history, context, onError } = deps;
  const { logger } = context.settings;
  const run = newRun(claim, queue.name, agent, (thrown) =>
    logSignalProblem(logger, fieldsOfRun(run), Failure.from(thrown)),
  );
  activation.begin(run);
  const systemTask = SYSTEM_TASKS.get(claim.task);
  if (!systemTask) history.claimed(run);
  let outcome: Outcome;
  try {
    outcome = systemTask
      ? await outcomeOfSystemTask(run, systemTask, deps)
      : await runJob(run, deps);
  } catch (error) {
    outcome = outcomeOf(error, run, deps);
  }
  let committed: Committed;
  try {
    committed = await commit(run, outcome, deps);
  } catch (error) {
    committed = await commitError(run, error, deps);
  }
  run.hasEnded = true;
  if (!systemTask) run.duration = history.ended(run, committed);
  try {
    if (committed.kind === 'stored') emitCommitted(run, committed.outcome, deps);
    if (committed.kind === 'reassigned') emitReassigned(run, deps);
  } catch (error) {
    // Without this the next job, which the finish has claimed, would be lost until the audit finds
    // it.
    onError(error as Error);
  }
  if (committed.kind === 'left') run.isLeft = true;
  // Unless they are stored by now, none of them ever is.
  const puts = 'puts' in outcome ? outcome.puts : undefined;
  const dropped = puts ? [...run.dropped, ...puts.dropped()] : run.dropped;
  if (dropped.length > 0) logDropped(logger, fieldsOfRun(run), dropped, committed);
  return committed.kind === 'stored' ? committed.next : undefined;
}

async function outcomeOfSystemTask(
  run: Run,
  task: SystemTask,
  { context, activation, agent, onError }: ExecuteDeps,
): Promise<Outcome> {
  try {
    const result = await task(run.claim, {
      client: context.client,
      activation,
      laneStore: context.laneStore,
      logger: context.settings.logger,
      onFailed: (stored, queue, failure) => {
        if (!context.listens('failed')) return;
        const job = jobFromStored(stored, gatewayOf(context.queue(queue)));
        context.emit('failed', {
          job,
          queue,
          agent,
          fence: stored.claims + (stored.claimsBefore ?? 0),
          failure,
        });
      },
    });
    return { kind: 'done', value: JSON.stringify(result) };
  } catch (error) {
    // What it is fenced by holds the job no more: somebody did the same before.
    if (refusalCode(error) !== undefined) return { kind: 'done', value: JSON.stringify('nothing') };
    if (isOfDamaged(error)) throw error;
    onError(error as Error);
    return { kind: 'postponed', delay: RETRY_INTERRUPT };
  }
}

function emitCommitted(run: Run, outcome: Outcome, deps: ExecuteDeps): void {
  const { logger } = deps.context.settings;
  const { claim } = run;
  if (outcome.kind === 'deadLetter') logDeadLetter(logger, fieldsOfRun(run), outcome.reason);
  if (SYSTEM_TASKS.has(claim.task)) return;
  // Told when the result is stored: not again when its callbacks have ended.
  if (outcome.kind === 'done' && !claim.result) emitOf(run, 'completed', deps);
  if (outcome.kind === 'failed' && !claim.result) emitFailed(run, outcome, deps);
  if (outcome.kind === 'retry') logRetry(logger, fieldsOfRun(run), claim, outcome);
  if (outcome.kind === 'postponed' && outcome.unknown)
    logUnroutable(logger, fieldsOfRun(run), claim, outcome.unknown);
}

function emitFailed(
  run: Run,
  { failure, policyProblem }: Extract<Outcome, { kind: 'failed' }>,
  deps: ExecuteDeps,
): void {
  const { claim } = run;
  const { logger } = deps.context.settings;
  if (policyProblem) logPolicyProblem(logger, fieldsOfRun(run), policyProblem);
  logFailure(logger, fieldsOfRun(run), claim, failure);
  if (deps.context.listens('failed'))
    deps.context.emit('failed', { ...toEvent(run, deps), failure });
}

/** I5: said once for each run, since a run is committed once. */
function emitReassigned(run: Run, deps: ExecuteDeps): void {
  const { claim } = run;
  run.stop.abort(new ReassignedError(`${claim.id} was taken away from this dispatcher`));
  logReassigned(deps.context.settings.logger, fieldsOfRun(run), claim);
  // Recovery's own jobs are no events.
  if (!SYSTEM_TASKS.has(claim.task)) emitOf(run, 'reassigned', deps);
}

/** A handle of the job is made only where somebody listens. */
function emitOf(run: Run, event: 'started' | 'completed' | 'reassigned', deps: ExecuteDeps): void {
  if (deps.context.listens(event)) deps.context.emit(event, toEvent(run, deps));
}

function toEvent({ claim }: Run, { activation, queue, agent }: ExecuteDeps): JobEvent {
  const job = handleOf(claim, { queue, activation });
  return { job, queue: queue.name, agent, fence: claim.fence };
}
