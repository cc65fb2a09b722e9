// The end of the process by a signal, after everything that was logged is written (D6). A signal
// that nobody handles ends a process at once: a logger that writes in the background would lose its
// last lines.
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * The longest time, in ms, for which writes that are under way are waited for: others may come all
 * the time.
 */
const MAX_WAIT = 250;
/** Writes to files, pipes and sockets, as Node calls them. */
const WRITES: ReadonlySet<string> = new Set(['FSReqCallback', 'WriteWrap']);
/** ms that a signal may take to end the process: another thread may be the one that gets it. */
const KILL_TIME = 1_000;

/**
 * Durations the process by `signal`, with the listeners of its `exit` before: there loggers such as pino
 * write what they hold, and end their threads.
 */
export async function endBy(signal: NodeJS.Signals): Promise<void> {
  for (let waited = 0; waited < MAX_WAIT && isWriting(); waited++) await pause(1);
  // The first process of a container is not ended by a signal that it does not handle.
  if (process.pid !== 1) process.once('exit', () => kill(signal));
  process.exit(128 + constants.signals[signal]);
}

function isWriting(): boolean {
  return process.getActiveResourcesInfo().some((resource) => WRITES.has(resource));
}

function kill(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
  Atomics.wait(
    new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    0,
    0,
    KILL_TIME,
  );
}
