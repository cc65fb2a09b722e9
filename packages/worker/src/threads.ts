// The worker threads of one agent (D7): piscina keeps them, one for each slot, and starts them as they are needed.
import { Failure, ThreadError, type FailureData } from '@drover/core';
import { placeForThread, type ConnectionPlace } from '@drover/core/internal';
import type * as piscina from 'piscina';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type ResourceLimits } from 'node:worker_threads';
import type { Run } from './activation.js';
import type { StartedMessage, StopMessage, ThreadReply, ThreadTask } from './thread-messages.js';

export interface ThreadsOptions {
  size: number;
  resourceLimits: ResourceLimits | undefined;
  modules: readonly string[];
  uuid: string;
  prefix: string;
  maxDataBytes: number;
  place: ConnectionPlace;
  onTrouble: (error: Error) => void;
  /** Whether the dispatcher is being deactivated: then its grace decides when a thread is ended (D6). */
  isStopping: () => boolean;
}

/** A thread whose job was taken away, and that was told so, is ended after this many ms. */
const STOP_GRACE = 1_000;
const entry = fileURLToPath(new URL('./task-thread.js', import.meta.url));

export class Threads {
  readonly #pool: piscina.Piscina;
  readonly #place: ConnectionPlace;

  constructor(private readonly options: ThreadsOptions) {
    const { size, resourceLimits, onTrouble } = options;
    // Loaded where an agent has threads only.
    const { Piscina } = createRequire(import.meta.url)('piscina') as typeof piscina;
    this.#place = placeForThread(options.place);
    this.#pool = new Piscina({
      filename: entry,
      minThreads: 0,
      maxThreads: size,
      idleTimeout: Infinity,
      // Threads that are idle go on with what their modules have under way, such as connections.
      atomics: 'disabled',
      recordTiming: false,
      execArgv: [],
      ...(resourceLimits && { resourceLimits }),
    });
    this.#pool.on('error', onTrouble);
  }

  /**
   * Runs a job in a thread. A thread that ends is a failure of this job alone.
   * @param onStarted called when its task has been started
   */
  async call(run: Run, onStarted: () => void): Promise<ThreadReply> {
    const { port1: port, port2 } = new MessageChannel();
    const { uuid, prefix, maxDataBytes, modules } = this.options;
    const { claim, queue, agent, stop } = run;
    const task: ThreadTask = {
      claim,
      queue,
      agent,
      uuid,
      prefix,
      maxDataBytes,
      modules,
      place: this.#place,
      port: port2,
    };
    const end = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    let isTold = false;
    const tellStarted = (): void => {
      if (!isTold) onStarted();
      isTold = true;
    };
    const onStop = (): void => {
      const { reason } = stop.signal;
      port.postMessage({ stop: Failure.from(reason).toJSON() } satisfies StopMessage);
      if (!this.options.isStopping()) timer = setTimeout(() => end.abort(reason), STOP_GRACE);
    };
    port.on('message', (_message: StartedMessage) => tellStarted());
    if (stop.aborted) onStop();
    else stop.signal.addEventListener('abort', onStop);
    try {
      const reply = (await this.#pool.run(task, { transferList: [port2], signal: end.signal })) as ThreadReply;
      // The reply may have come before the message.
      if (reply.kind !== 'missing' && reply.kind !== 'not all have ended') tellStarted();
      return reply;
    } catch (thrown) {
      return { kind: 'thrown', failure: crash(run, thrown) };
    } finally {
      clearTimeout(timer);
      port.close();
    }
  }

  /** Ends all threads, also those that run something. */
  async end(): Promise<void> {
    await this.#pool.destroy();
  }
}

function crash({ claim }: Run, thrown: unknown): FailureData {
  const cause = Failure.from(toError(thrown)).toError();
  const what = `the worker thread of job ${claim.id} (${claim.task}) ended while it ran: ${cause.message}`;
  return Failure.from(new ThreadError(what, { cause })).toJSON();
}

/** An error that nobody caught in a thread arrives with the prototype of one, but is none to another realm, as under jest. */
function toError(thrown: unknown): unknown {
  if (thrown instanceof Error || typeof thrown !== 'object' || thrown === null || !('message' in thrown)) return thrown;
  const { name, message, stack } = thrown as Error;
  return Object.assign(new Error(String(message)), { name, stack });
}
