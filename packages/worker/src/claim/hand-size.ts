// How many jobs a slot claims at once: more and more of them while they are short
// (docs/protocol/hands.md).

/** In ms. A hand that takes longer goes back to the lane. */
const LIMIT = 5;
/** The same of a pack, which is opened then: this costs more than the end of a hand. */
const PACK_LIMIT = 20;
const MOST = 16;
/** So many short jobs, one after another, come before a hand of several. */
const EVIDENCE = 16;

/** Shared by the slots in one lane. */
export interface HandShape {
  /** The number of jobs of the next hand. */
  size: number;
  /** The number of jobs in a row that ended within one turn of the event loop. */
  short: number;
}

/** Whether a slot runs the parts of a pack one after another (docs/protocol/packs.md). */
export function takesPacks({ short }: HandShape): boolean {
  return short >= EVIDENCE;
}

export class HandSize {
  #beganAt = 0;
  #jobs = 1;
  #limit = LIMIT;
  #isLate = false;

  constructor(private readonly shape: HandShape) {}

  /** The number of jobs to claim. */
  get next(): number {
    return this.shape.size;
  }

  get takesPacks(): boolean {
    return takesPacks(this.shape);
  }

  /** Whether the jobs of the hand have taken too long, without a turn of the event loop. */
  get isOver(): boolean {
    return performance.now() - this.#beganAt > this.#limit;
  }

  /** A hand of so many jobs begins; `isPack`: they are the parts of a pack. */
  began(jobs: number, isPack: boolean): void {
    this.#jobs = jobs;
    this.#limit = isPack ? PACK_LIMIT : LIMIT;
    this.#isLate = false;
    this.#beganAt = performance.now();
  }

  /** The event loop has turned while a job of the hand ran, or one of them has failed. */
  wasLate(): void {
    this.#isLate = true;
    this.shape.size = 1;
    this.shape.short = 0;
  }

  /** The hand tells nothing about the next ones: one of its jobs waited for the store. */
  tellsNothing(): void {
    this.#isLate = true;
  }

  /** The hand is empty. */
  ended(): void {
    if (this.#isLate) return;
    if (this.isOver) return this.wasLate();
    const { shape } = this;
    shape.short += this.#jobs;
    if (shape.short >= EVIDENCE && this.#jobs >= shape.size)
      shape.size = Math.min(2 * shape.size, MOST);
  }
}
