// What one agent did in one lane during one poll, counted.

/** A job, and how long it took. */
export interface JobDuration {
  id: string;
  /** Milliseconds from its start to its end. */
  duration: number;
}

/** Durations of one kind. */
export interface EndStatistics {
  count: number;
  /**
   * Undefined where none is known: of a job whose task another process started, only its end is.
   */
  shortest: JobDuration | undefined;
  longest: JobDuration | undefined;
}

/** Counts ends of one kind; it is used again and again, so that counting makes nothing new. */
export class Durations {
  #count = 0;
  #shortest = Infinity;
  #shortestId = '';
  #longest = -1;
  #longestId = '';

  get count(): number {
    return this.#count;
  }

  /** @param duration ms; undefined where it is not known */
  add(id: string, duration: number | undefined): void {
    this.#count++;
    if (duration !== undefined) this.#compare(id, duration, id, duration);
  }

  addAll(ends: Durations): void {
    this.#count += ends.#count;
    if (ends.#longest >= 0)
      this.#compare(ends.#shortestId, ends.#shortest, ends.#longestId, ends.#longest);
  }

  clear(): void {
    this.#count = 0;
    this.#shortest = Infinity;
    this.#longest = -1;
  }

  toStatistics(): EndStatistics {
    const isKnown = this.#longest >= 0;
    return {
      count: this.#count,
      shortest: isKnown ? { id: this.#shortestId, duration: this.#shortest } : undefined,
      longest: isKnown ? { id: this.#longestId, duration: this.#longest } : undefined,
    };
  }

  #compare(shortestId: string, shortest: number, longestId: string, longest: number): void {
    if (shortest < this.#shortest) {
      this.#shortest = shortest;
      this.#shortestId = shortestId;
    }
    if (longest > this.#longest) {
      this.#longest = longest;
      this.#longestId = longestId;
    }
  }
}

export class Counters {
  /**
   * Claims that were sent by themselves: the end of a job may claim the next one in the same round
   * trip.
   */
  asked = 0;
  claimed = 0;
  started = 0;
  errors = 0;
  lastError: string | undefined;
  readonly successful = new Durations();
  readonly failed = new Durations();
  readonly unknown = new Durations();

  /** Nothing came of asking. */
  get isIdle(): boolean {
    const ends = this.successful.count + this.failed.count + this.unknown.count;
    return this.claimed + this.started + this.errors + ends === 0;
  }

  addAll(other: Counters): void {
    this.asked += other.asked;
    this.claimed += other.claimed;
    this.started += other.started;
    this.errors += other.errors;
    this.lastError = other.lastError ?? this.lastError;
    this.successful.addAll(other.successful);
    this.failed.addAll(other.failed);
    this.unknown.addAll(other.unknown);
  }

  clear(): void {
    this.asked = this.claimed = this.started = this.errors = 0;
    this.lastError = undefined;
    for (const ends of [this.successful, this.failed, this.unknown]) ends.clear();
  }
}
