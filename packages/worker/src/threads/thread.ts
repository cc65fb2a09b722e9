// One worker thread of an agent (D7), as the dispatcher sees it: it runs one job at a time, and
// tells how it ended.
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
  /**
   * The run that the code belongs to which ended it, whether that has ended or not; undefined where
   * it cannot be told.
   */
  by: RunName | undefined;
}

export interface RunListeners {
  onTaken: () => void;
  onStarted: () => void;
}

/**
 * So many of the jobs that ran in it are remembered, to be named where one of them may have left
 * what ends the thread.
 */
const REMEMBERED = 10;

export class Thread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  /** The jobs that have run in it, the newest last. */
  readonly earlier: RunName[] = [];
  readonly ended: Promise<ThreadEnd>;
  #listeners: RunListeners | undefined;
  #onReply: (reply: ThreadReply) => void = () => {};
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

  /** Whether nothing has run in it. */
  get isFresh(): boolean {
    return this.earlier.length === 0;
  }

  /** Runs a job up to its reply, or to the end of the thread. One at a time. */
  async run(
    task: ThreadTask,
    listeners: RunListeners,
  ): Promise<{ reply: ThreadReply } | ThreadEnd> {
    this.#listeners = listeners;
    const replied = new Promise<ThreadReply>((resolve) => (this.#onReply = resolve));
    this.#order({ run: task });
    const end = await Promise.race([replied.then((reply) => ({ reply })), this.ended]);
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

  /**
   * Durations it, whatever it does. Resolves when it has ended. `why`: else the thread says that it
   * exited.
   */
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
    else if ('reply' in report) this.#onReply(report.reply);
    else if ('thrown' in report) this.#thrown = report.thrown.failure;
    else this.#exits = report.exits;
  }

  #endOf(code: number): ThreadEnd {
    // What it told last may not have been heard yet.
    for (let last; (last = receiveMessageOnPort(this.#port));)
      this.#take(last.message as ThreadReport);
    this.#port.close();
    // Out of memory, a thread tells nothing any more, and what it told before was of another error.
    const told = this.#exits && this.#thrown && Failure.fromJSON(this.#thrown).toError();
    const cause =
      this.#error === undefined
        ? new Error(`it exited with code: ${code}`)
        : (told ?? toError(this.#error));
    return { cause, by: this.#exits?.by };
  }
}

/**
 * An error that nobody caught in a thread arrives with the prototype of one, but is none to another
 * realm, as under jest.
 */
function toError(thrown: unknown): Error {
  const isLikeOne = typeof thrown === 'object' && thrown !== null && 'message' in thrown;
  if (thrown instanceof Error || !isLikeOne) return Failure.from(thrown).toError();
  const { name, message, stack } = thrown as unknown as Error;
  return Failure.from(Object.assign(new Error(String(message)), { name, stack })).toError();
}
