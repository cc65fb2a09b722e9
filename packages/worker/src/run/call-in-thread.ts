// The call of a task in a worker thread (D7). Middleware runs in the dispatcher's thread (J11).
import { Failure, local } from '@drover/core';
import { callTask, valueIn, type Called, type CommittablePuts } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';
import type { ThreadReply } from '../threads/thread-messages.js';
import type { Threads } from '../threads/threads.js';
import { runInside } from '../activation/middleware.js';
import type { RunDeps } from './ready.js';
import { taskCall } from './run-store.js';

export type ThreadResult =
  | Called
  /** A thread did not call the task, since a child had not ended. */
  | { kind: 'not all have ended' }
  /** An earlier job left something in the thread that ended it under this one (D7). */
  | { kind: 'thread lost' };

type Reply = Exclude<ThreadReply, { kind: 'not all have ended' }>;

export async function callInThread(
  run: Run,
  threads: Threads,
  deps: RunDeps,
): Promise<ThreadResult> {
  const reply = await threads.call(run, () => deps.onStarted(run));
  if (reply.kind === 'not all have ended' || reply.kind === 'thread lost') return reply;
  return fromThread(reply);
}

/** As `callInThread`, inside the middleware. */
export async function callInThreadInside(
  run: Run,
  threads: Threads,
  deps: RunDeps,
): Promise<ThreadResult> {
  let result: ThreadResult | undefined;
  // The value or the error of `next`: where the middleware passes it on, the reply stands as it is.
  let passedOn: unknown;
  let isKept = false;
  const started = { ...deps, onStarted: () => {} };
  const next = async (): Promise<unknown> => {
    result = await callInThread(run, threads, started);
    if ('failure' in result) throw (passedOn = result.failure.toError());
    return (passedOn = result.kind === 'value' ? valueIn(deps.queue, result.value) : RETURNED_JOBS);
  };
  const inside = async (): Promise<unknown> => {
    try {
      const value = await runInside(deps.middleware, local.getJob(), next);
      isKept = result !== undefined && Object.is(value, passedOn);
      return isKept ? undefined : value;
    } catch (thrown) {
      isKept = result !== undefined && Object.is(thrown, passedOn);
      throw thrown;
    }
  };
  const call = { ...taskCall(run, deps), isElsewhere: true };
  const outer = await callTask(call, inside, [], (called) => called);
  if (result?.kind === 'not all have ended' || result?.kind === 'thread lost') return result;
  const inThread = result as Called | undefined;
  return inThread ? together(outer, inThread, isKept) : outer;
}

/** `next` gives this where the task in the thread has returned jobs, whose handles are there. */
const RETURNED_JOBS = Object.freeze({ jobs: 'returned by the task in its thread' });

/** The end of a run, whose middleware and whose task have both put jobs. */
function together(outer: Called, inThread: Called, isKept: boolean): Called {
  const end = isKept ? inThread : outer;
  const dropped = [...(outer.dropped ?? []), ...(inThread.dropped ?? [])];
  const puts = [outer, inThread].flatMap((called) => ('puts' in called && called.puts) || []);
  if ('failure' in end) dropped.push(...puts.flatMap((some) => some.dropped()));
  return {
    ...end,
    ...(dropped.length > 0 && { dropped }),
    ...(!('failure' in end) && puts.length > 0 && { puts: allPuts(puts) }),
  };
}

function allPuts(all: readonly CommittablePuts[]): CommittablePuts {
  return {
    stored: all.flatMap(({ stored }) => stored),
    committed: () => all.forEach((puts) => puts.committed()),
    dropped: () => all.flatMap((puts) => puts.dropped()),
  };
}

function fromThread(reply: Reply): Called {
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
