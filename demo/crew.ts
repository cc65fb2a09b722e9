// The three worker processes: started, restarted with the same UUID, and all ended by their pids,
// whatever happens.
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
  /** The process of now. */
  process: ChildProcess | undefined;
  /** Resolves when that process is gone. */
  ended: Promise<void>;
  /** It was told to end, so that its end is no accident. */
  mayEnd: boolean;
}

export interface CrewOptions {
  prefix: string;
  /** Where the workers' logs go. */
  folder: string;
  onNews: (worker: Worker, news: News) => void;
  /** A process ended that nobody ended. */
  onAccident: (worker: Worker, how: string) => void;
}

/** An orderly end of an idle worker takes a moment; what takes longer is killed. */
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

  /** Ends all, for good: they deactivate first, where they can, also what is stopped. */
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

  /** Ends all at once, for good, also what is stopped. */
  kill(): void {
    this.#isClosed = true;
    for (const worker of this.workers) this.signal(worker, 'SIGKILL');
  }
}
