// A claimed job's way through this process: run it, store what came of it, and say so.
import { Failure, ReassignedError } from '@drover/core';
import {
  CANCEL,
  HANDLE_INTERRUPT,
  homeOf,
  jobFromStored,
  refusalCode,
  RESUME_CALLBACKS,
  type ClaimedJob,
  type ClaimReply,
} from '@drover/core/internal';
import { newRun, type Activation, type Run } from './activation.js';
import { handleOf } from './call.js';
import { endCancelled } from './cancel.js';
import type { DispatcherContext } from './context.js';
import { commit } from './commit.js';
import { commitError, isOfDamaged, outcomeOf } from './end-of-run.js';
import type { JobEvent } from './events.js';
import { handleInterrupt, type InterruptPlace } from './handle-interrupt.js';
import type { LaneHistory } from './history/lane-history.js';
import { fieldsOfRun } from './log-fields.js';
import {
  logDropped,
  logFailure,
  logPolicyProblem,
  logReassigned,
  logRetry,
  logSetAside,
  logSignalProblem,
  logUnknown,
} from './log-job.js';
import type { Outcome } from './outcome.js';
import { resumeCallbacks } from './resume-callbacks.js';
import { runJob, type RunPlace } from './run.js';
import type { Committed, CommitPlace } from './write.js';

/** Where claimed jobs are executed: made once for a slot, which executes one after another. */
export interface ExecutePlace extends RunPlace, CommitPlace {
  activation: Activation;
  context: DispatcherContext;
  agent: string;
  /** Where it is told what becomes of the job (D8). */
  history: LaneHistory;
}

/** What is to be said of a place: the name of its queue, and the rest. */
type Placement = Omit<ExecutePlace, 'queue' | 'client' | 'onStarted'> & { queue: string };

export function executePlace({ queue, ...placement }: Placement): ExecutePlace {
  const { context } = placement;
  const place: ExecutePlace = {
    ...placement,
    queue: context.queue(queue),
    client: context.client,
    onStarted: (run) => {
      place.history.started(run);
      tellOf(run, 'started', place);
    },
  };
  return place;
}

/**
 * An interrupt whose policy is unknown here, or that failed, is tried again after so many ms, for
 * ever (I3).
 */
const RETRY_INTERRUPT = 1_000;

type SystemTask = (claim: ClaimedJob, place: InterruptPlace) => Promise<string>;

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
  place: ExecutePlace,
): Promise<ClaimReply | undefined> {
  const { queue, agent, activation, history, context, onTrouble } = place;
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
      ? await outcomeOfSystemTask(run, systemTask, place)
      : await runJob(run, place);
  } catch (error) {
    outcome = outcomeOf(error, run, place);
  }
  let committed: Committed;
  try {
    committed = await commit(run, outcome, place);
  } catch (error) {
    committed = await commitError(run, error, place);
  }
  run.hasEnded = true;
  if (!systemTask) run.duration = history.ended(run, committed);
  try {
    if (committed.kind === 'stored') tellCommitted(run, committed.outcome, place);
    if (committed.kind === 'reassigned') sayReassigned(run, place);
  } catch (error) {
    // Without this the next job, which the finish has claimed, would be lost until the audit finds
    // it.
    onTrouble(error as Error);
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
  { context, activation, agent, onTrouble }: ExecutePlace,
): Promise<Outcome> {
  try {
    const result = await task(run.claim, {
      client: context.client,
      activation,
      laneStore: context.laneStore,
      logger: context.settings.logger,
      onFailed: (stored, queue, failure) => {
        if (!context.listens('failed')) return;
        const job = jobFromStored(stored, homeOf(context.queue(queue)));
        context.tell('failed', {
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
    onTrouble(error as Error);
    return { kind: 'postponed', delay: RETRY_INTERRUPT };
  }
}

function tellCommitted(run: Run, outcome: Outcome, place: ExecutePlace): void {
  const { logger } = place.context.settings;
  const { claim } = run;
  if (outcome.kind === 'setAside') logSetAside(logger, fieldsOfRun(run), outcome.reason);
  if (SYSTEM_TASKS.has(claim.task)) return;
  // Told when the result is stored: not again when its callbacks have ended.
  if (outcome.kind === 'done' && !claim.result) tellOf(run, 'completed', place);
  if (outcome.kind === 'failed' && !claim.result) sayFailed(run, outcome, place);
  if (outcome.kind === 'retry') logRetry(logger, fieldsOfRun(run), claim, outcome);
  if (outcome.kind === 'postponed' && outcome.unknown)
    logUnknown(logger, fieldsOfRun(run), claim, outcome.unknown);
}

function sayFailed(
  run: Run,
  { failure, policyProblem }: Extract<Outcome, { kind: 'failed' }>,
  place: ExecutePlace,
): void {
  const { claim } = run;
  const { logger } = place.context.settings;
  if (policyProblem) logPolicyProblem(logger, fieldsOfRun(run), policyProblem);
  logFailure(logger, fieldsOfRun(run), claim, failure);
  if (place.context.listens('failed'))
    place.context.tell('failed', { ...toEvent(run, place), failure });
}

/** I5: said once for each run, since a run is committed once. */
function sayReassigned(run: Run, place: ExecutePlace): void {
  const { claim } = run;
  run.stop.abort(new ReassignedError(`${claim.id} was taken away from this dispatcher`));
  logReassigned(place.context.settings.logger, fieldsOfRun(run), claim);
  // Recovery's own jobs are no events.
  if (!SYSTEM_TASKS.has(claim.task)) tellOf(run, 'reassigned', place);
}

/** A handle of the job is made only where somebody listens. */
function tellOf(
  run: Run,
  event: 'started' | 'completed' | 'reassigned',
  place: ExecutePlace,
): void {
  if (place.context.listens(event)) place.context.tell(event, toEvent(run, place));
}

function toEvent({ claim }: Run, { activation, queue, agent }: ExecutePlace): JobEvent {
  const job = handleOf(claim, { queue, activation });
  return { job, queue: queue.name, agent, fence: claim.fence };
}
