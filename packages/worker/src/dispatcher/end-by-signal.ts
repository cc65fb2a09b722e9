// Ends the process by a signal, after its log is written (D6). A signal without a handler ends a
// process at once: a logger that writes in the background would lose its last lines.
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** Ms to wait for writes at most: the program may start new ones all the time. */
const MAX_WAIT = 250;
/** Node's names of writes to files, pipes and sockets. */
const WRITES: ReadonlySet<string> = new Set(['FSReqCallback', 'WriteWrap']);
/** Ms that the signal may take: the kernel may deliver it to another thread. */
const KILL_TIME = 1_000;

/**
 * Calls the listeners of 'exit' first: there loggers such as pino write their buffers, and end
 * their threads.
 */
export async function endBy(signal: NodeJS.Signals): Promise<void> {
  for (let waited = 0; waited < MAX_WAIT && isWriting(); waited++) await pause(1);
  // The kernel ignores a signal without a handler for the first process of a container.
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
