// Finds states that may not be seen at any moment of a run: a quota that is passed, and a job that
// stays without a living dispatcher (Q5, I1).
import { QUOTAS } from '../plan.js';
import type { Violation } from './violation.js';

/** One look at Redis. */
export interface Look {
  /** By how many jobs each quota is held, in the order of `QUOTAS`. */
  held: readonly number[];
  /** Jobs without a live owner: the key, and who is said to hold it. */
  orphans: readonly string[];
  /** Activations that live, and whose pings come steadily. */
  live: readonly string[];
}

/** A death, a cleaner that dies as well, an audit; and what a busy machine adds. */
const ORPHANED_FOR = (deathInterval: number): number => 3 * deathInterval + 10_000;

export class Watch {
  readonly violations: Violation[] = [];
  readonly #orphans = new Map<string, number>();
  readonly #live = new Map<string, number>();

  constructor(private readonly deathInterval: number) {}

  /** Redis is away: so are those who look after the dead. */
  nothingSeen(): void {
    this.#live.clear();
  }

  /** @param now ms of a monotonic clock */
  look({ held, orphans, live }: Look, now: number): void {
    for (const [i, [name, size]] of Object.entries(QUOTAS).entries()) {
      const count = held[i] ?? 0;
      if (count > size)
        this.violations.push({
          rule: 'Q5',
          what: `quota ${name} of ${size} is held by ${count} jobs`,
        });
    }
    keep(this.#live, live, now);
    keep(this.#orphans, orphans, now);
    const since = Math.min(...this.#live.values());
    for (const [orphan, seen] of this.#orphans) {
      const ms = now - Math.max(seen, since);
      if (ms < ORPHANED_FOR(this.deathInterval)) continue;
      this.#orphans.set(orphan, Infinity); // said once
      const [key = '', owner] = orphan.split(' ');
      const what = `for ${Math.round(ms)} ms it has been held by ${owner || 'nobody'}, who does not live, while others did`;
      this.violations.push({ rule: 'I1', job: key.slice(key.lastIndexOf(':') + 1), what });
    }
  }
}

/** Keeps when each name was first seen, and forgets names that are not there any more. */
function keep(seen: Map<string, number>, there: readonly string[], now: number): void {
  const names = new Set(there);
  for (const name of seen.keys()) if (!names.has(name)) seen.delete(name);
  for (const name of names) if (!seen.has(name)) seen.set(name, now);
}
