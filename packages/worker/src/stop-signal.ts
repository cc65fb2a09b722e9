// The signal of one run, made when its task asks for it: most tasks never do, and a signal costs more than all else about a run.
import { AsyncLocalStorage } from 'node:async_hooks';

export class StopSignal {
  #controller: AbortController | undefined;
  /** Calls a function where the signal was asked for: `local` works in the listeners too. */
  #inContext: ReturnType<typeof AsyncLocalStorage.snapshot> | undefined;
  #reason: Error | undefined;

  /** The run was told to stop. */
  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  /** `local.signal` of the run. */
  get signal(): AbortSignal {
    this.#inContext ??= AsyncLocalStorage.snapshot();
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Tells the run to stop; the first reason stands. */
  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#inContext?.(() => this.#controller?.abort(this.#reason));
  }
}
