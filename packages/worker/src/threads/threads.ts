// The worker threads of one agent (D7): at most one for each slot, started when needed. If code
// that an earlier job left in a thread blocks or ends it, the job does not fail: it gets another
// thread, or is interrupted if its task was called.
import { Failure, ThreadError, type FailureData } from '@drover/core';
import { targetForThread, type WorkerStore } from '@drover/core/internal';
import type { Log } from '../logging/log.js';
import { fieldsOfRun } from '../logging/log-fields.js';
import type { Run } from '../activation/activation.js';
import type { ThreadOptions } from '../options/options.js';
import { logLeft } from './thread-log.js';
import type { RunName, ThreadReply, ThreadTask } from './thread-messages.js';
import { Thread, type ThreadEnd } from './thread.js';

export interface ThreadsOptions {
  size: number;
  /** The options of each thread. */
  threads: ThreadOptions;
  modules: readonly string[];
  uuid: string;
  prefix: string;
  maxDataBytes: number;
  target: WorkerStore['target'];
  clock: WorkerStore['clock'];
  logger: Log;
  /** Whether the dispatcher is being deactivated: then its grace decides when threads end (D6). */
  isStopping: () => boolean;
}

/** 'thread lost': code that an earlier job left in the thread ended it during this run. */
export type ThreadCall = ThreadReply | { kind: 'thread lost' };

/** Ms from an order to stop, such as after a cancel, to the end of the thread. */
const STOP_GRACE = 1_000;
/** Ms after which a used thread that has not taken its job counts as blocked by earlier jobs. */
const TAKE_TIMEOUT = 1_000;
const BLOCKED = 'code that an earlier job left there blocks it';

export class Threads {
  readonly #target: ReturnType<typeof targetForThread>;
  readonly #all = new Set<Thread>();
  readonly #idle: Thread[] = [];
  #size: number;
  #hasEnded = false;

  constructor(private readonly options: ThreadsOptions) {
    this.#size = options.size;
    this.#target = targetForThread(options.target);
  }

  /**
   * Runs a job in a thread. If the job itself ends the thread, it fails, and no other job does.
   * @param onStarted called when the task has been called
   */
  async call(run: Run, onStarted: () => void): Promise<ThreadCall> {
    const { claim, queue, agent, stop } = run;
    const { uuid, prefix, maxDataBytes, modules } = this.options;
    const task: ThreadTask = {
      claim,
      queue,
      agent,
      uuid,
      prefix,
      maxDataBytes,
      modules,
      target: this.#target,
      clock: this.options.clock.reading,
    };
    let isStarted = false;
    const noteStarted = (): void => {
      isStarted = true;
      onStarted();
    };
    // An interrupted job may be the one that ended its last thread. In a fresh thread of its own
    // there is no other suspect.
    for (let isAlone = claim.interruptions > 0; ; isAlone = true) {
      const thread = await this.#take(isAlone);
      const earlier = [...thread.earlier];
      const end = await this.#runIn(thread, task, run, noteStarted);
      if ('reply' in end) {
        this.#giveBack(thread);
        return end.reply;
      }
      const isOwn = end.by
        ? end.by.id === claim.id && end.by.fence === claim.fence
        : earlier.length === 0;
      if (isOwn || stop.aborted || this.#hasEnded)
        return { kind: 'thrown', failure: crash(claim, end) };
      const fate = isStarted ? 'is interrupted' : 'had not started, and gets another thread';
      logLeft(this.options.logger, end, {
        earlier,
        innocent: { ...claim, fate, fields: fieldsOfRun(run) },
      });
      if (isStarted) return { kind: 'thread lost' };
    }
  }

  /** The agent runs so many jobs at a time from now on (D9). Threads that are too many end. */
  resize(size: number): void {
    this.#size = size;
    const surplus = Math.max(0, this.#all.size - size);
    for (const thread of this.#idle.splice(0, surplus)) void thread.end();
  }

  /** Ends all threads, also those that run a job. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await Promise.all([...this.#all].map((thread) => thread.end()));
  }

  async #runIn(
    thread: Thread,
    task: ThreadTask,
    { stop }: Run,
    onStarted: () => void,
  ): Promise<{ reply: ThreadReply } | ThreadEnd> {
    const timers: NodeJS.Timeout[] = [];
    let isTaken = thread.isFresh;
    // If this loop was blocked itself, the message of the thread may still be unread.
    const onSilent = (): void =>
      void setImmediate(() => {
        if (!isTaken) void thread.end(BLOCKED);
      });
    if (!isTaken) timers.push(setTimeout(onSilent, TAKE_TIMEOUT));
    const onStop = (): void => {
      thread.stop(stop.signal.reason as Error);
      if (stop.isOver || !this.options.isStopping())
        timers.push(setTimeout(() => void thread.end(), STOP_GRACE));
    };
    const running = thread.run(task, { onTaken: () => (isTaken = true), onStarted });
    if (stop.aborted) onStop();
    else stop.signal.addEventListener('abort', onStop);
    if (this.#hasEnded) void thread.end();
    try {
      return await running;
    } finally {
      timers.forEach(clearTimeout);
      stop.signal.removeEventListener('abort', onStop);
    }
  }

  /** An idle or a new thread. `isAlone`: one in which no job has run. */
  async #take(isAlone: boolean): Promise<Thread> {
    const at = isAlone ? this.#idle.findIndex(({ isFresh }) => isFresh) : this.#idle.length - 1;
    const [idle] = at < 0 ? [] : this.#idle.splice(at, 1);
    if (idle) return idle;
    // At most one thread for each slot of the agent.
    if (this.#all.size >= this.#size) await this.#idle.shift()?.end();
    const thread = new Thread(this.options.threads);
    this.#all.add(thread);
    void thread.ended.then((end) => {
      this.#all.delete(thread);
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
      if (at >= 0 && !this.#hasEnded) this.#endedIdle(thread, end);
    });
    return thread;
  }

  /** The thread may have ended right after the reply. */
  #giveBack(thread: Thread): void {
    if (this.#all.has(thread)) this.#idle.push(thread);
    else if (!this.#hasEnded) void thread.ended.then((end) => this.#endedIdle(thread, end));
  }

  /** The thread ended while no job ran there. */
  #endedIdle({ earlier }: Thread, end: ThreadEnd): void {
    logLeft(this.options.logger, end, { earlier });
  }
}

function crash({ id, task }: RunName, { cause }: ThreadEnd): FailureData {
  const what = `the worker thread of job ${id} (${task}) ended while it ran: ${cause.message}`;
  return Failure.from(new ThreadError(what, { cause })).toJSON();
}
