// The signal of one run, made when its task asks for it: most tasks never do, and a signal costs
// more than all else about a run.
import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { guardListeners } from './guard-listeners.js';

export class StopSignal {
  #controller: AbortController | undefined;
  /** Calls a function where the signal was asked for: `local` works in the listeners too. */
  #inContext: ReturnType<typeof AsyncLocalStorage.snapshot> | undefined;
  #reason: Error | undefined;

  /** @param onListenerFailed told of what a listener of the task's throws, or rejects with */
  constructor(private readonly onListenerFailed: (thrown: unknown) => void) {}

  /** The run was told to stop. */
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

  /** Tells the run to stop; the first reason stands. */
  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#inContext?.(() => this.#controller?.abort(this.#reason));
  }

  #newController(): AbortController {
    const controller = new AbortController();
    // Whatever a task waits for listens to it: from the eleventh on Node would warn of a leak.
    setMaxListeners(0, controller.signal);
    guardListeners(controller.signal, this.onListenerFailed);
    return controller;
  }
}
