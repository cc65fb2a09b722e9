// Executes a claim: begin → ready → call → decide → commit → report.
import { Failure } from '@drover/core';
import type { ClaimedJob, ClaimReply } from '@drover/core/internal';
import { newRun, type Activation, type Run } from '../activation/activation.js';
import { fieldsOfRun } from '../logging/log-fields.js';
import { logSignalProblem } from '../logging/log-job.js';
import { call } from './call.js';
import { commit } from './commit.js';
import { decide } from './decide.js';
import { commitError, decideError } from './end-of-run.js';
import type { Committed, Outcome } from '../activation/outcome.js';
import { getReady, type RunDeps } from './ready.js';
import { emitOf, report, type ReportDeps } from './report.js';
import type { CommitDeps } from './write.js';

/** Made once for a slot, which executes one claim after another. */
export interface ExecuteDeps extends RunDeps, CommitDeps, ReportDeps {
  activation: Activation;
}

/**
 * The life of a claim. Returns the reply of the finish that claimed the next job, if one did.
 * @throws a Redis error before the commit: the next reconcile pass puts the claim back
 */
export async function execute(
  claim: ClaimedJob,
  deps: ExecuteDeps,
): Promise<ClaimReply | undefined> {
  const run = begin(claim, deps);
  let outcome: Outcome;
  try {
    const found = getReady(run, deps);
    const ready = found instanceof Promise ? await found : found;
    outcome = 'call' in ready ? decide(run, ready, await call(run, ready, deps), deps) : ready;
  } catch (error) {
    outcome = decideError(run, error, deps);
  }
  let committed: Committed;
  try {
    committed = await commit(run, outcome, deps);
  } catch (error) {
    committed = await commitError(run, error, deps);
  }
  report(run, outcome, committed, deps);
  return committed.kind === 'stored' ? committed.next : undefined;
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

type ExecuteSetup = Omit<ExecuteDeps, 'queue' | 'onStarted'> & { queue: string };

/** Completes the dependencies from the context of the dispatcher and the name of the queue. */
export function executeDeps({ queue, ...setup }: ExecuteSetup): ExecuteDeps {
  const { context } = setup;
  const deps: ExecuteDeps = {
    ...setup,
    queue: context.queue(queue),
    onStarted: (run) => {
      deps.history.started(run);
      emitOf(run, 'started', deps);
    },
  };
  return deps;
}
