// Executes a claim: begin → ready → call → decide → commit → report.
import { Failure } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import { newRun, type Activation, type Run } from '../activation/activation.js';
import { fieldsOfRun } from '../logging/log-fields.js';
import { logSignalProblem, logStart } from '../logging/log-job.js';
import { call, type CallResult } from './call.js';
import { commit } from './commit.js';
import { decide } from './decide.js';
import { commitError, decideError } from './end-of-run.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import { getReady, type Ready, type RunDeps } from './ready.js';
import { emitOf, report, waitedUntilNow, type ReportDeps } from './report.js';
import type { CommitDeps } from './write.js';

/** Made once for a slot, which executes one claim after another. */
export interface ExecuteDeps extends RunDeps, CommitDeps, ReportDeps {
  activation: Activation;
}

/** A run whose outcome is not stored yet. */
export interface Performed {
  run: Run;
  outcome: Outcome;
}

/**
 * The life of a claim.
 * @throws a Redis error before the commit: the next reconcile pass puts the claim back
 */
export async function execute(claim: ClaimedJob, deps: ExecuteDeps): Promise<void> {
  await settle(await perform(claim, deps), deps);
}

/**
 * The first part of it: the run, up to its outcome. A promise only where something is to be
 * awaited.
 * @throws a Redis error
 */
export function perform(claim: ClaimedJob, deps: ExecuteDeps): Performed | Promise<Performed> {
  const run = begin(claim, deps);
  try {
    const ready = getReady(run, deps);
    if (!(ready instanceof Promise)) return callReady(run, ready, deps);
    const performed = ready.then((found) => callReady(run, found, deps));
    return performed.catch((error: unknown) => failed(run, error, deps));
  } catch (error) {
    return failed(run, error, deps);
  }
}

function callReady(
  run: Run,
  ready: Ready | Outcome,
  deps: ExecuteDeps,
): Performed | Promise<Performed> {
  if (!('call' in ready)) return { run, outcome: ready };
  const performed = call(run, ready, deps, (result) => concluded(run, ready, result, deps));
  // The call of a task in this process throws nothing.
  if (ready.call === 'task' || !(performed instanceof Promise)) return performed;
  return performed.catch((error: unknown) => failed(run, error, deps));
}

function concluded(run: Run, ready: Ready, result: CallResult, deps: ExecuteDeps): Performed {
  try {
    return { run, outcome: decide(run, ready, result, deps) };
  } catch (error) {
    return failed(run, error, deps);
  }
}

function failed(run: Run, error: unknown, deps: ExecuteDeps): Performed {
  return { run, outcome: decideError(run, error, deps) };
}

/**
 * The second part: stores the outcome, and reports how the run ended.
 * @param lost the error of an attempt to store the value, which may have been stored all the same
 */
export async function settle(
  { run, outcome }: Performed,
  deps: ExecuteDeps,
  lost?: Error,
): Promise<void> {
  let committed: Committed;
  try {
    committed = await commit(run, outcome, deps, lost);
  } catch (error) {
    committed = await commitError(run, error, deps);
  }
  report(run, outcome, committed, deps);
}

/** Registers the run under its token, so that a reconcile pass leaves the claim alone. */
function begin(claim: ClaimedJob, deps: ExecuteDeps): Run {
  const { queue, agent, activation, history, context } = deps;
  const run = newRun(claim, queue.name, agent, (thrown) =>
    logSignalProblem(context.settings.logger, fieldsOfRun(run), Failure.from(thrown)),
  );
  activation.begin(run);
  if (!deps.systemTasks.has(claim.task)) history.claimed(run);
  return run;
}

interface ExecuteSetup extends Omit<
  ExecuteDeps,
  'queue' | 'onStarted' | 'middleware' | 'onRateLimit'
> {
  queue: string;
  /** Gets which queues have met rate limits, as `onRateLimit` does. */
  rateLimits: { met: (queue: string, ms: number | undefined) => void };
}

/** Completes the dependencies from the context of the dispatcher and the name of the queue. */
export function executeDeps({ queue, ...setup }: ExecuteSetup): ExecuteDeps {
  const { context } = setup;
  const deps: ExecuteDeps = {
    ...setup,
    queue: context.queue(queue),
    onRateLimit: (ms) => setup.rateLimits.met(queue, ms),
    middleware: context.middleware,
    onStarted: (run) => {
      run.waited = waitedUntilNow(run.claim, deps.store);
      deps.history.started(run);
      const { logger } = context.settings;
      if (logger.isDebug?.()) logStart(logger, fieldsOfRun(run), run);
      emitOf(run, 'started', deps);
    },
  };
  return deps;
}
