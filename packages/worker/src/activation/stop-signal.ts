// The signal of one run. It is made when the task first asks for it: most tasks never do, and a
// signal costs more than the rest of a run.
import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { guardListeners } from './guard-listeners.js';

export class StopSignal {
  #controller: AbortController | undefined;
  /**
   * Calls a function in the context in which the signal was made, so that listeners have `local`.
   */
  #inContext: ReturnType<typeof AsyncLocalStorage.snapshot> | undefined;
  #reason: Error | undefined;
  /** The run has ended, and its task may go on (J10). */
  isOver = false;

  /** @param onListenerFailed gets what a listener of the task throws, or rejects with */
  constructor(private readonly onListenerFailed: (thrown: unknown) => void) {}

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  /** `local.signal` of the run. */
  get signal(): AbortSignal {
    this.#inContext ??= AsyncLocalStorage.snapshot();
    this.#controller ??= this.#newController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Aborts the signal. Later reasons are ignored. */
  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#inContext?.(() => this.#controller?.abort(this.#reason));
  }

  #newController(): AbortController {
    const controller = new AbortController();
    // Each call that a task awaits may listen. From the eleventh on Node would warn of a leak.
    setMaxListeners(0, controller.signal);
    guardListeners(controller.signal, this.onListenerFailed);
    return controller;
  }
}
