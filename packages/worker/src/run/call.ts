// The step that calls the task of a claim: in this process, in a thread, or a system task.
import { Failure } from '@drover/core';
import {
  callTask,
  DamagedRecord,
  Refused,
  type Called,
  type ClaimedJob,
  type CommittablePuts,
} from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { ThreadReply } from '../threads/thread-messages.js';
import type { Threads } from '../threads/threads.js';
import type { Outcome } from '../activation/outcome.js';
import type { Ready, RunDeps, SystemTask } from './ready.js';
import { taskCall } from './run-store.js';

export type CallResult =
  | Called
  /** A system task decides its outcome itself. */
  | Extract<Outcome, { kind: 'done' | 'postponed' }>
  /** A thread did not call the task, since a child had not ended. */
  | { kind: 'not all have ended' }
  /** An earlier job left something in the thread that ended it under this one (D7). */
  | { kind: 'thread lost' };

/** In ms. A system task that fails is tried again, for ever (I3). */
const RETRY_DELAY = 1_000;

/** `onCalled` is called when the call has ended: at once where nothing is to be awaited. */
export function call<R>(
  run: Run,
  ready: Ready,
  deps: RunDeps,
  onCalled: (result: CallResult) => R,
): R | Promise<R> {
  switch (ready.call) {
    case 'task':
      return callTask(taskCall(run, deps), ready.task, ready.joined, onCalled);
    case 'thread':
      return callInThread(run, ready.threads, deps).then(onCalled);
    case 'system task':
      return callSystemTask(run.claim, ready.task, deps.onError).then(onCalled);
  }
}

async function callInThread(run: Run, threads: Threads, deps: RunDeps): Promise<CallResult> {
  const reply = await threads.call(run, () => deps.onStarted(run));
  if (reply.kind === 'not all have ended' || reply.kind === 'thread lost') return reply;
  return fromThread(reply);
}

function fromThread(reply: Exclude<ThreadReply, { kind: 'not all have ended' }>): Called {
  if ('failure' in reply) return { ...reply, failure: Failure.fromJSON(reply.failure) };
  return { ...reply, puts: reply.puts && putsOfThread(reply.puts) };
}

/** The handles of these puts are in the thread, so only the records are here. */
function putsOfThread(stored: CommittablePuts['stored']): CommittablePuts {
  let isSettled = false;
  return {
    stored,
    committed: () => (isSettled = true),
    dropped: () => {
      const tasks = isSettled ? [] : stored.map(({ job }) => job.task);
      isSettled = true;
      return tasks;
    },
  };
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
