// Dispatchers in threads of the test's own process: the worker program, without a process of its
// own.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { DispatcherEvents } from '@drover/worker';
import { cleanUpLater } from './cleanup.js';
import { compiledKit } from './paths.js';
import { eventually } from './wait.js';
import type { WorkerDetail, WorkerMessage, WorkerProgramOptions } from './worker.js';

export interface WorkerThread {
  /** Node.js's number of the thread. */
  readonly threadId: number;
  /** The events of that name so far. */
  events(name: keyof DispatcherEvents): WorkerDetail[];
  /** Resolves with the first event of that name. */
  event(name: keyof DispatcherEvents): Promise<WorkerDetail>;
  /** Resolves with the first line of its log that contains `text`. */
  logged(text: string): Promise<Record<string, unknown>>;
  deactivate(): Promise<void>;
  /** Ends the thread, whatever it does: its dispatcher cannot say so. */
  terminate(): Promise<void>;
}

export function startWorkerThread(options: WorkerProgramOptions): WorkerThread {
  const env = { ...process.env, NODE_OPTIONS: '', WORKER_OPTIONS: JSON.stringify(options) };
  const thread = new Worker(`${compiledKit}/programs/worker.js`, { env, execArgv: [] });
  const messages: WorkerMessage[] = [];
  thread.on('message', (message: WorkerMessage) => messages.push(message));
  const ended = once(thread, 'exit');
  const terminate = async (): Promise<void> => {
    void thread.terminate();
    await ended;
  };
  cleanUpLater(terminate);
  const events = (name: keyof DispatcherEvents): WorkerDetail[] =>
    messages.flatMap((told) => (told.type === 'event' && told.event === name ? [told.detail] : []));
  const event = async (name: keyof DispatcherEvents): Promise<WorkerDetail> =>
    await eventually(() => events(name)[0]);
  return {
    threadId: thread.threadId,
    events,
    event,
    logged: async (text) => {
      const isIt = (told: WorkerMessage): boolean =>
        told.type === 'log' && told.text.includes(text);
      const told = await eventually(() => messages.find(isIt));
      return JSON.parse((told as { text: string }).text) as Record<string, unknown>;
    },
    deactivate: async () => {
      thread.postMessage('deactivate');
      await event('deactivated');
    },
    terminate,
  };
}
