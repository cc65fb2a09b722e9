// Starts the three worker processes, restarts them with the same UUID, and ends them by their pids
// in any case.
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { News, WorkerSettings } from './news.js';

/** One worker: its UUID outlives its processes. */
export interface Worker {
  readonly name: string;
  readonly uuid: string;
  /** Its present process. */
  process: ChildProcess | undefined;
  /** Resolves when that process has ended. */
  ended: Promise<void>;
  /** The demo ends the process, so that its end is not an accident. */
  mayEnd: boolean;
}

export interface CrewOptions {
  prefix: string;
  /** Where the workers' logs go. */
  folder: string;
  onNews: (worker: Worker, news: News) => void;
  /** A process ended by itself. */
  onAccident: (worker: Worker, how: string) => void;
}

/** An idle worker ends within a moment. One that takes longer is killed. */
const ORDERLY = 3_000;

export class Crew {
  readonly workers: readonly Worker[];
  #isClosed = false;

  constructor(
    size: number,
    private readonly options: CrewOptions,
  ) {
    this.workers = Array.from({ length: size }, (_, i) => ({
      name: `worker ${i + 1}`,
      uuid: randomUUID(),
      process: undefined,
      ended: Promise.resolve(),
      mayEnd: false,
    }));
  }

  named(uuid: string | undefined): string {
    return this.workers.find((worker) => worker.uuid === uuid)?.name ?? 'an unknown worker';
  }

  start(worker: Worker): void {
    if (this.#isClosed) return;
    const { prefix, folder, onNews, onAccident } = this.options;
    const settings: WorkerSettings = { prefix, uuid: worker.uuid };
    const log = openSync(join(folder, `${worker.name.replace(' ', '-')}.log`), 'a');
    const child = fork(
      fileURLToPath(new URL('./worker.js', import.meta.url)),
      [JSON.stringify(settings)],
      {
        stdio: ['ignore', log, log, 'ipc'],
      },
    );
    closeSync(log);
    worker.process = child;
    worker.mayEnd = false;
    child.on('message', (news) => onNews(worker, news as News));
    worker.ended = new Promise((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', (code, signal) => {
        if (!worker.mayEnd) onAccident(worker, signal ?? `exit status ${code}`);
        resolve();
      });
    });
  }

  signal(worker: Worker, signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    if (signal === 'SIGTERM' || signal === 'SIGKILL') worker.mayEnd = true;
    worker.process?.kill(signal);
  }

  /** Ends all workers for good, paused ones too: those that can, deactivate first. */
  async end(): Promise<void> {
    this.#isClosed = true;
    for (const worker of this.workers) {
      this.signal(worker, 'SIGTERM');
      this.signal(worker, 'SIGCONT');
    }
    const timer = setTimeout(() => this.kill(), ORDERLY);
    await Promise.all(this.workers.map(({ ended }) => ended));
    clearTimeout(timer);
  }

  /** Kills all workers at once, paused ones too. */
  kill(): void {
    this.#isClosed = true;
    for (const worker of this.workers) this.signal(worker, 'SIGKILL');
  }
}
