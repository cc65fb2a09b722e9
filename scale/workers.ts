// Processes of dispatchers, real and simulated: started, listened to, killed.
import type { DispatcherEvents, DispatcherOptions } from '@drover/worker';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Fleet } from './fleet.js';

/** The options of a worker process. */
export interface WorkerOptions extends Pick<
  DispatcherOptions,
  'prefix' | 'uuid' | 'queues' | 'deathInterval' | 'pingInterval' | 'keepCompleted'
> {
  connection: string;
  /** The events that it counts. */
  tells: (keyof DispatcherEvents)[];
}

/** How often an event came so far, and when it came last, by the worker's own clock. */
export interface WorkerTold {
  event: keyof DispatcherEvents;
  count: number;
  at: number;
}

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #ended: Promise<never>;

  constructor(options: WorkerOptions) {
    this.#child = fork(fileURLToPath(new URL('./worker.js', import.meta.url)), {
      env: { ...process.env, WORKER_OPTIONS: JSON.stringify(options) },
    });
    this.#exited = once(this.#child, 'exit');
    this.#ended = this.#exited.then((): never => {
      throw new Error('a worker process ended');
    });
    this.#ended.catch(() => {}); // told to those who wait
  }

  /**
   * Resolves when it has told `count` events of that name: with when the last of them came, in ms
   * of its own clock.
   */
  async told(event: keyof DispatcherEvents, count = 1): Promise<number> {
    const found = new Promise<number>((resolve) => {
      const listen = (told: WorkerTold): void => {
        if (told.event !== event || told.count < count) return;
        this.#child.off('message', listen as (message: unknown) => void);
        resolve(told.at);
      };
      this.#child.on('message', listen as (message: unknown) => void);
    });
    return await Promise.race([found, this.#ended]);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

/** Starts a process that simulates so many dispatchers. Returns how it is ended. */
export async function startFleet(fleet: Fleet): Promise<() => Promise<void>> {
  const child = fork(fileURLToPath(new URL('./fleet.js', import.meta.url)), {
    env: { ...process.env, FLEET: JSON.stringify(fleet) },
  });
  const exited = once(child, 'exit');
  const ended = exited.then((): never => {
    throw new Error('the process of the simulated dispatchers ended');
  });
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {}); // it is to end
  return async () => {
    child.kill('SIGKILL');
    await exited;
  };
}
