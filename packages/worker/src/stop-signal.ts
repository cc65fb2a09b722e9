// The signal of one run, made when its task asks for it: most tasks never do, and a signal costs more than all else about a run.

export class StopSignal {
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  /** The run was told to stop. */
  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  /** `local.signal` of the run. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Tells the run to stop; the first reason stands. */
  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }
}
