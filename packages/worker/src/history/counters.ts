// Counts the work of one agent in one lane during one poll.

/** A job, and its duration. */
export interface JobDuration {
  id: string;
  /** Milliseconds from the start of the job to its end. */
  duration: number;
}

/** The durations of jobs that ended in the same way. */
export interface EndStatistics {
  count: number;
  /** Undefined if no duration is known: that of a job is unknown if another process started it. */
  shortest: JobDuration | undefined;
  longest: JobDuration | undefined;
}

/** Counts jobs that ended in the same way. */
export class Durations {
  #count = 0;
  #shortest: JobDuration | undefined;
  #longest: JobDuration | undefined;

  get count(): number {
    return this.#count;
  }

  /** @param duration ms; undefined if it is unknown */
  add(id: string, duration: number | undefined): void {
    this.#count++;
    if (duration === undefined) return;
    if (!this.#shortest || duration < this.#shortest.duration) this.#shortest = { id, duration };
    if (!this.#longest || duration > this.#longest.duration) this.#longest = { id, duration };
  }

  addAll(other: Durations): void {
    const count = this.#count + other.#count;
    if (other.#shortest) this.add(other.#shortest.id, other.#shortest.duration);
    if (other.#longest) this.add(other.#longest.id, other.#longest.duration);
    this.#count = count;
  }

  toStatistics(): EndStatistics {
    return {
      count: this.#count,
      shortest: this.#shortest && { ...this.#shortest },
      longest: this.#longest && { ...this.#longest },
    };
  }
}

export class Counters {
  /** Claims sent alone. The finish of a job may claim the next one in the same round trip. */
  asked = 0;
  claimed = 0;
  started = 0;
  errors = 0;
  lastError: string | undefined;
  readonly successful = new Durations();
  readonly failed = new Durations();
  readonly unknown = new Durations();

  /** Whether claims found nothing, and nothing else happened. */
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
}
