// The time limit of a run (J10): a task that takes longer than the `timeout` of its job ends the
// run with a TimeoutError, at once. Until the task itself ends, its slot is stuck.
import { Failure, TimeoutError } from '@drover/core';
import { timerDelay, type CommittablePuts } from '@drover/core/internal';
import type { Run } from '../activation/activation.js';

/** The run took too long. */
export interface TimedOut {
  kind: 'timed out';
  failure: Failure;
  /** The tasks of puts that are not stored (J6). */
  dropped?: readonly string[];
}

/**
 * @param call calls the task; it gets a function to call when the task begins
 * @returns the result of the task, or the timeout
 */
export async function callWithin<R>(
  run: Run,
  timeout: number,
  call: (onStarted: () => void) => R | Promise<R>,
): Promise<R | TimedOut> {
  let startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let end = (_: TimedOut): void => {};
  const timedOut = new Promise<TimedOut>((resolve) => (end = resolve));
  const expire = (): TimedOut => {
    const { id, task } = run.claim;
    const error = new TimeoutError(
      `job ${id} (${task}) took longer than its timeout of ${timeout} ms`,
    );
    // From now on the writes of the task belong to no run.
    run.stop.isOver = true;
    run.stop.abort(error);
    return { kind: 'timed out', failure: Failure.from(error) };
  };
  const wait = (): void => {
    const left = timeout - (performance.now() - startedAt);
    if (left <= 0) end(expire());
    else timer = setTimeout(wait, Math.ceil(timerDelay(left)));
  };
  const called = call(() => {
    startedAt = performance.now();
    wait();
  });
  // Other tasks may block the event loop before this function goes on.
  let endedAt = called instanceof Promise ? undefined : performance.now();
  const ended = Promise.resolve(called);
  const noteEnd = (result?: R): void => {
    endedAt ??= performance.now();
    late.hasEnded = true;
    clearTimeout(timer);
    if (run.stop.isOver) drop(result);
  };
  const late = { hasEnded: false, ended: ended.then(noteEnd, () => noteEnd()) };
  const first = await Promise.race([ended, timedOut]);
  if (isTimedOut(first)) {
    run.late = late;
    return first;
  }
  // A task that blocks the event loop ends before the timer does.
  if (timer === undefined || (endedAt ?? performance.now()) - startedAt < timeout) return first;
  return { ...expire(), dropped: drop(first) };
}

/** Drops the puts of a task that has ended too late (J6). Returns the names of their tasks. */
function drop(result: unknown): readonly string[] {
  const { puts, dropped = [] } = (result ?? {}) as {
    puts?: CommittablePuts;
    dropped?: readonly string[];
  };
  return [...dropped, ...(puts?.dropped() ?? [])];
}

function isTimedOut(result: unknown): result is TimedOut {
  return (result as Partial<TimedOut> | undefined)?.kind === 'timed out';
}
