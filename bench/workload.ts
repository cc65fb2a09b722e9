// The jobs that both sides run: their body, which does nothing, and the proof that each ran exactly
// once.

/** No-op jobs with the numbers from 0 to a count, one measurement after another. */
export class Workload {
  #runs = new Uint32Array();
  #started = 0;
  #completed = 0;
  #error: Error | undefined;
  #gate: Promise<void> | undefined;
  #release = (): void => {};
  #watch = (): void => {};

  /** A measurement begins: so many jobs will come. */
  expect(count: number): void {
    this.#runs = new Uint32Array(count);
    this.#started = 0;
    this.#completed = 0;
  }

  /** The body of each job: its value is its number. */
  async run(index: number): Promise<number> {
    this.#runs[index] = (this.#runs[index] ?? 0) + 1;
    this.#started++;
    this.#watch();
    if (this.#gate) await this.#gate;
    return index;
  }

  /** The side says that a job's value is stored. */
  noteCompleted(): void {
    this.#completed++;
    this.#watch();
  }

  /** The side reports trouble: what was measured meanwhile counts for nothing. */
  readonly noteError = (error: Error): void => {
    this.#error ??= error;
  };

  /** Bodies that start now do not end before `release`. */
  hold(): void {
    this.#gate = new Promise((resolve) => (this.#release = resolve));
  }

  release(): void {
    this.#gate = undefined;
    this.#release();
  }

  async untilStarted(count: number): Promise<void> {
    await this.#until(() => this.#started >= count);
  }

  async untilCompleted(): Promise<void> {
    await this.#until(() => this.#completed >= this.#runs.length);
  }

  /** Throws unless each expected job ran exactly once, without any trouble. */
  check(): void {
    if (this.#error) throw this.#error;
    const count = this.#runs.length;
    const wrong = this.#runs.findIndex((times) => times !== 1);
    if (wrong !== -1)
      throw new Error(`job ${wrong} of ${count} ran ${this.#runs[wrong]} times instead of once`);
    if (this.#started !== count) throw new Error(`${this.#started} jobs ran instead of ${count}`);
  }

  async #until(holds: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#watch = () => {
        if (holds()) resolve();
      };
      this.#watch();
    });
    this.#watch = () => {};
  }
}
