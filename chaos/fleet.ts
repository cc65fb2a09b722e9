// The worker processes: started behind a proxy each, killed, stopped, paused, and started again.
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startFaultProxy, type FaultProxy } from '#kit/fault-proxy';
import type { AgentChange } from './history.js';

export interface WorkerSettings {
  who: string;
  url: string;
  prefix: string;
  queue: string;
  uuid: string;
  folder: string;
  /** ms that its clock is ahead. */
  clockOffset: number;
  pingInterval: number;
  deathInterval: number;
}

/** Tells a worker to stop, with so many ms of grace, or to change an agent of its own. */
export type WorkerOrder = { stop: number } | { change: AgentChange; call: string };

export interface FleetOptions {
  program: 'worker.js' | 'stock/worker.js';
  url: string;
  prefix: string;
  queue: string;
  folder: string;
  pingInterval: number;
  deathInterval: number;
  seed: number;
}

/** One place for a worker process: a UUID, a proxy, and the process that runs there now, if any. */
export class Slot {
  child: ChildProcess | undefined;
  isPaused = false;
  /** Its dispatcher has become active. */
  isActive = false;
  /** Of the process that is started next. */
  uuid = randomUUID();
  /** Of the process that was started last. */
  serves = this.uuid;
  #count = 0;

  constructor(
    readonly number: number,
    readonly proxy: FaultProxy,
    private readonly options: FleetOptions,
  ) {}

  get isRunning(): boolean {
    return this.child !== undefined && !this.isPaused;
  }

  /** Resolves when its dispatcher is active; rejects where its process ends before. */
  async active(): Promise<void> {
    const { child } = this;
    if (!child || this.isActive) return;
    const gone = once(child, 'exit').then(([code, signal]: unknown[]): never => {
      throw new Error(
        `a worker ended with ${String(code ?? signal)} before it was active: see its log in ${this.options.folder}`,
      );
    });
    gone.catch(() => {}); // it ends some day
    await Promise.race([once(child, 'message'), gone]);
  }

  start(clockOffset = 0): void {
    if (this.child) return;
    const { program, folder, ...settings } = this.options;
    const who = `worker-${this.number}.${++this.#count}`;
    const log = openSync(join(folder, `${who}.log`), 'a');
    const worker: WorkerSettings = {
      ...settings,
      folder,
      who,
      url: this.proxy.url,
      uuid: this.uuid,
      clockOffset,
    };
    const child = fork(fileURLToPath(new URL(program, import.meta.url)), [], {
      stdio: ['ignore', log, log, 'ipc'],
      execArgv: ['--enable-source-maps'],
      env: { ...process.env, NODE_OPTIONS: '', CHAOS_WORKER: JSON.stringify(worker) },
    });
    closeSync(log);
    child.on('error', () => {});
    child.on('message', () => (this.isActive = true));
    child.once('exit', () => {
      if (this.child === child) this.child = undefined;
    });
    this.child = child;
    this.serves = this.uuid;
    this.isActive = false;
  }

  /** Ends the process at once; whoever comes next may have another UUID. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.goOn();
    child.kill(signal);
    if (signal === 'SIGKILL') await ended(child);
  }

  /** Tells it to stop, with a grace; it is killed where it does not. */
  stop(grace: number): void {
    this.goOn();
    this.child?.send({ stop: grace } satisfies WorkerOrder, () => {});
  }

  /** Tells it to change an agent of its own. */
  change(order: Extract<WorkerOrder, { change: unknown }>): void {
    this.child?.send(order, () => {});
  }

  async ended(within: number): Promise<void> {
    const { child } = this;
    if (!child) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), within);
    await ended(child);
    clearTimeout(timer);
  }

  pause(): void {
    if (!this.isRunning) return;
    this.child?.kill('SIGSTOP');
    this.isPaused = true;
  }

  goOn(): void {
    if (this.isPaused) this.child?.kill('SIGCONT');
    this.isPaused = false;
  }

  /** The dispatcher that was here is never started again. */
  replace(): void {
    this.uuid = randomUUID();
  }
}

export class Fleet {
  private constructor(readonly slots: readonly Slot[]) {}

  /** The places for so many workers. */
  static async make(size: number, options: FleetOptions): Promise<Fleet> {
    const slots: Slot[] = [];
    for (let i = 0; i < size; i++) {
      slots.push(
        new Slot(i, await startFaultProxy(options.url, { seed: options.seed + i }), options),
      );
    }
    return new Fleet(slots);
  }

  /** Resolves when all workers are active. */
  async start(): Promise<void> {
    for (const slot of this.slots) slot.start();
    for (const slot of this.slots) await slot.active();
  }

  /** All workers stop, as they are told to. */
  async stop(): Promise<void> {
    for (const slot of this.slots) slot.stop(0);
    await Promise.all(this.slots.map((slot) => slot.ended(5_000)));
  }

  /** Everything goes well from now on, and all workers run. */
  heal(): void {
    for (const slot of this.slots) {
      slot.proxy.heal();
      slot.goOn();
      slot.start();
    }
  }

  async end(): Promise<void> {
    for (const slot of this.slots) await slot.kill();
    for (const slot of this.slots) await slot.proxy.close();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
