// Worker processes in tests: start one, wait for its events, let it die.
import type { DispatcherEvents } from '@drover/worker';
import { startProgram, type Program } from './process.js';
import type { WrongClock } from './wrong-clock.js';

/** The options of the worker program. */
export interface WorkerProgramOptions {
  prefix: string;
  uuid: string;
  queues: Record<
    string,
    Record<string, { size?: number; threads?: boolean | { execArgv: string[] }; lanes?: string[] }>
  >;
  taskModules?: string[];
  pingInterval?: number;
  deathInterval?: number;
  maxBlock?: number;
  takeover?: 'auto' | 'force';
  activate?: { wait?: boolean };
  /**
   * So many heartbeat threads are ended, one after the other, each when it has pinged; or all of
   * them before that.
   */
  heartbeatEnds?: number | 'all';
  /**
   * How its host's clock is wrong: so many ms ahead, or set by so many, there and back, while it
   * runs.
   */
  wrongClock?: WrongClock;
}

/** A message of the worker program: an event of its dispatcher, or a line of its log. */
export type WorkerMessage =
  | { type: 'event'; event: keyof DispatcherEvents; detail: WorkerDetail }
  | { type: 'log'; text: string };

/** The subject of an event of the worker program. */
export interface WorkerDetail {
  jobId?: string;
  task?: string;
  fence?: number;
  uuid?: string;
  handleInterrupt?: string;
}

const TIMEOUT = 15_000;

/** A worker process. */
export class WorkerProcess {
  constructor(readonly program: Program<WorkerMessage>) {}

  /** The events of that name so far, of that task if given. */
  events(name: keyof DispatcherEvents, task?: string): WorkerDetail[] {
    return this.program.messages
      .flatMap((told) => (told.type === 'event' && told.event === name ? [told.detail] : []))
      .filter((detail) => task === undefined || detail.task === task);
  }

  /**
   * Resolves when it has told `count` events of that name, of that task if given; gives the last of
   * them.
   */
  async event(name: keyof DispatcherEvents, task?: string, count = 1): Promise<WorkerDetail> {
    await this.program.waitForMessage(() => this.events(name, task).length >= count, TIMEOUT);
    return this.events(name, task)[count - 1] as WorkerDetail;
  }

  /** Resolves when it has logged a line that contains `text`. */
  async logged(text: string): Promise<void> {
    await this.program.waitForMessage(
      (told) => told.type === 'log' && told.text.includes(text),
      TIMEOUT,
    );
  }

  /** Sends a signal and waits until the process is gone and everything that it told is here. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.program.kill(signal);
    await this.program.exited;
  }
}

/** Starts a worker process. `crashPoint`: where it dies by itself. */
export function startWorker(options: WorkerProgramOptions, crashPoint?: string): WorkerProcess {
  const env = {
    WORKER_OPTIONS: JSON.stringify(options),
    ...(crashPoint !== undefined && { DROVER_CRASH_POINT: crashPoint }),
  };
  return new WorkerProcess(startProgram('worker', { env }));
}
