// How many jobs a slot claims at once: more and more of them while they are short
// (docs/protocol/hands.md).

/** Ms: a hand that takes longer is sent while its job runs. */
const LIMIT = 5;
const MOST = 16;

/** Of the slots in one lane. Each slot has a copy, which shares the size with the others. */
export class HandSize {
  readonly limit = LIMIT;
  #beganAt = 0;
  #jobs = 1;

  /** @param shared the number of jobs that the next hand of a slot in this lane has */
  constructor(private readonly shared: { size: number }) {}

  /** The number of jobs to claim. */
  next(): number {
    return this.shared.size;
  }

  /** A hand of so many jobs begins. */
  began(jobs = 1): void {
    this.#jobs = jobs;
    this.#beganAt = performance.now();
  }

  /** The hand is empty. */
  ended(): void {
    const { shared } = this;
    if (performance.now() - this.#beganAt > LIMIT) shared.size = Math.ceil(shared.size / 2);
    // A lane that has fewer jobs than that gives each slot its share.
    else if (this.#jobs >= shared.size) shared.size = Math.min(2 * shared.size, MOST);
  }

  /** A job of the hand takes long. */
  wasLate(): void {
    this.shared.size = 1;
  }
}
