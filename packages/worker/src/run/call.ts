// The step that calls the task of a claim: in this process, in a thread, or a system task.
import { local } from '@drover/core';
import { callTask, DamagedRecord, Refused, type ClaimedJob } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { Outcome } from '../activation/outcome.js';
import { callInThread, callInThreadInside, type ThreadResult } from './call-in-thread.js';
import { runInside } from '../activation/middleware.js';
import { callWithin, type TimedOut } from './call-within.js';
import { OWN_TASKS, type Ready, type RunDeps, type SystemTask } from './ready.js';
import { taskCall } from './run-store.js';

export type CallResult =
  | ThreadResult
  | TimedOut
  /** A system task decides its outcome itself. */
  | Extract<Outcome, { kind: 'done' | 'postponed' }>;

/** In ms. A system task that fails is tried again, for ever (I3). */
const RETRY_DELAY = 1_000;

/** `onCalled` is called when the call has ended: at once where nothing is to be awaited. */
export function call<R>(
  run: Run,
  ready: Ready,
  deps: RunDeps,
  onCalled: (result: CallResult) => R,
): R | Promise<R> {
  const { options, task } = run.claim;
  const { timeout } = options;
  // The run of a composite schedules its parts: it waits for them without a slot.
  if (timeout === undefined || task.startsWith(OWN_TASKS))
    return callFreely(run, ready, deps, onCalled);
  const within = callWithin(run, timeout, (onStarted) => {
    const started = (run: Run): void => {
      onStarted();
      deps.onStarted(run);
    };
    return callFreely(run, ready, { ...deps, onStarted: started }, (result) => result);
  });
  return within.then(onCalled);
}

function callFreely<R>(
  run: Run,
  ready: Ready,
  deps: RunDeps,
  onCalled: (result: CallResult) => R,
): R | Promise<R> {
  switch (ready.call) {
    case 'task':
      return callTask(taskCall(run, deps), around(run, ready.task, deps), ready.joined, onCalled);
    case 'thread': {
      const inThread = deps.middleware.length > 0 ? callInThreadInside : callInThread;
      return inThread(run, ready.threads, deps).then(onCalled);
    }
    case 'system task':
      return callSystemTask(run.claim, ready.task, deps.onError).then(onCalled);
  }
}

/** The task inside the middleware; Drover's own tasks have none. */
function around(
  { claim }: Run,
  task: (...args: unknown[]) => unknown,
  { middleware }: RunDeps,
): (...args: unknown[]) => unknown {
  if (middleware.length === 0 || claim.task.startsWith(OWN_TASKS)) return task;
  return (...args) => runInside(middleware, local.getJob(), () => task(...args));
}

/** @throws the error of a damaged record: the system job becomes a dead letter */
async function callSystemTask(
  claim: ClaimedJob,
  task: SystemTask,
  onError: (error: Error) => void,
): Promise<CallResult> {
  try {
    return { kind: 'done', value: JSON.stringify(await task(claim)) };
  } catch (error) {
    // The system job no longer holds the job: an earlier run of it, or another one, has decided.
    if (error instanceof Refused) return { kind: 'done', value: JSON.stringify('nothing') };
    if (error instanceof DamagedRecord) throw error;
    onError(error as Error);
    return { kind: 'postponed', delay: RETRY_DELAY };
  }
}
