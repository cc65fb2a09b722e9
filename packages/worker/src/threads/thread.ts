// The dispatcher's side of one worker thread of an agent (D7). It runs one job at a time, and
// reports how the thread ended.
import {
  receiveMessageOnPort,
  MessageChannel,
  Worker,
  type MessagePort,
} from 'node:worker_threads';
import { Failure, type FailureData } from '@drover/core';
import type { ThreadOptions } from '../options/options.js';
import { threadFile } from '../thread-file.js';
import { inheritedFlags } from '../options/thread-flags.js';
import type {
  RunName,
  ThreadOrder,
  ThreadReply,
  ThreadReport,
  ThreadTask,
} from './thread-messages.js';

/** How a thread ended. */
export interface ThreadEnd {
  cause: Error;
  /** The run whose code ended the thread, now or after its own end; undefined if unknown. */
  by: RunName | undefined;
}

export interface RunListeners {
  onTaken: () => void;
  onStarted: () => void;
}

/** The last runs are kept: the log names them if one of them may have ended the thread. */
const REMEMBERED = 10;

export class Thread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  /** The last runs that ended in it, the newest last. */
  readonly earlier: RunName[] = [];
  readonly ended: Promise<ThreadEnd>;
  #listeners: RunListeners | undefined;
  #onReply: (end: { reply: ThreadReply }) => void = () => {};
  #error: unknown;
  #thrown: FailureData | undefined;
  #exits: { by: RunName | undefined } | undefined;

  constructor({ resourceLimits, execArgv = inheritedFlags() }: ThreadOptions) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(threadFile('task-thread'), {
      workerData: { port: port2 },
      transferList: [port2],
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(resourceLimits && { resourceLimits }),
    });
    this.#port.on('message', (report: ThreadReport) => this.#take(report));
    this.#worker.on('error', (error) => (this.#error = error));
    this.ended = new Promise((resolve) =>
      this.#worker.once('exit', (code) => resolve(this.#endOf(code))),
    );
  }

  /** Whether no job has run in it. */
  get isFresh(): boolean {
    return this.earlier.length === 0;
  }

  /** Runs a job until its reply, or the end of the thread. One at a time. */
  async run(
    task: ThreadTask,
    listeners: RunListeners,
  ): Promise<{ reply: ThreadReply } | ThreadEnd> {
    this.#listeners = listeners;
    // Without a promise between the reply and the race, a reply that is read together with the end
    // of the thread wins. Otherwise a job that succeeded would fail.
    const replied = new Promise<{ reply: ThreadReply }>((resolve) => (this.#onReply = resolve));
    this.#order({ run: task });
    const end = await Promise.race([replied, this.ended]);
    this.#listeners = undefined;
    const { id, task: name, fence } = task.claim;
    this.earlier.push({ id, task: name, fence });
    if (this.earlier.length > REMEMBERED) this.earlier.shift();
    return end;
  }

  /** Tells the run under way to stop. */
  stop(reason: Error): void {
    this.#order({ stop: Failure.from(reason).toJSON() });
  }

  /** Ends the thread at once. `why`: the cause, if the thread reports none itself. */
  async end(why?: string): Promise<void> {
    if (why !== undefined) this.#error ??= new Error(why);
    await this.#worker.terminate();
  }

  #order(order: ThreadOrder): void {
    this.#port.postMessage(order);
  }

  #take(report: ThreadReport): void {
    if ('taken' in report) this.#listeners?.onTaken();
    else if ('started' in report) this.#listeners?.onStarted();
    else if ('reply' in report) this.#onReply(report);
    else if ('thrown' in report) this.#thrown = report.thrown.failure;
    else this.#exits = report.exits;
  }

  #endOf(code: number): ThreadEnd {
    // The last messages may still be unread.
    for (let last; (last = receiveMessageOnPort(this.#port));)
      this.#take(last.message as ThreadReport);
    this.#port.close();
    // A thread that runs out of memory reports no exit. An error that it reported before then is
    // not the cause.
    const reported = this.#exits && this.#thrown && Failure.fromJSON(this.#thrown).toError();
    const cause =
      this.#error === undefined
        ? new Error(`it exited with code: ${code}`)
        : (reported ?? toError(this.#error));
    return { cause, by: this.#exits?.by };
  }
}

/** In another realm, such as that of jest, an uncaught error of a thread is no `Error`. */
function toError(thrown: unknown): Error {
  const isLikeOne = typeof thrown === 'object' && thrown !== null && 'message' in thrown;
  if (thrown instanceof Error || !isLikeOne) return Failure.from(thrown).toError();
  const { name, message, stack } = thrown as unknown as Error;
  return Failure.from(Object.assign(new Error(String(message)), { name, stack })).toError();
}
