// A scenario: its measurement, its sizes, and the limits of its figures.
import type { BenchRedis } from '#bench/redis.js';
import type { Redis } from 'ioredis';

export interface Scenario {
  name: string;
  /** A sentence about it; sizes stand in it by their names. */
  about: string;
  /** Its options, by name: numbers, with what is taken where none are given. */
  sizes: Record<string, Size>;
  measure(place: Place): Promise<Result>;
}

export interface Size {
  about: string;
  full: readonly number[];
  /** With `--quick`: says whether it works, not how it scales. */
  quick: readonly number[];
}

/** Where a scenario is measured: in a Redis of its own. */
export interface Place {
  url: string;
  /** The benchmark's own connection. */
  redis: BenchRedis;
  /** For anything else. */
  client: Redis;
  prefix: string;
  /** All numbers of a size. */
  sizes: (name: string) => readonly number[];
  /** A size that is one number. */
  size: (name: string) => number;
  /** Says how far it is. */
  tell: (line: string) => void;
}

export interface Result {
  tables: Table[];
  verdicts: Verdict[];
}

export interface Table {
  title: string;
  columns: string[];
  /** A label, then a cell for each further column. */
  rows: [string, ...(string | number)[]][];
}

/** A target, and whether it is reached. */
export interface Verdict {
  target: string;
  measured: string;
  holds: boolean;
}
