// Rate limits: in no window of its duration more jobs start than its max, and a job that has closed
// its limits for a while starts no earlier (Q9).
import type { Line } from '../history.js';
import { RATES } from '../plan.js';
import type { Facts, JobFacts, Start } from './facts.js';
import type { Violation } from './violation.js';

/** ms: times are whole, and those of lines and of Redis differ by a moment. */
const EXACT = 20;

export function checkRateLimits(facts: Facts): Violation[] {
  const rated = [...facts.jobs.values()].filter(({ put }) => put?.rateLimits);
  return [
    ...Object.entries(RATES).flatMap(([name, rate]) => {
      const its = rated.filter(({ put }) => put?.rateLimits?.includes(name));
      return crowded(name, rate, its, facts);
    }),
    ...rated.flatMap(tooEarly),
  ];
}

/** A run has ended by closing the rate limits of its job. */
export function isClosing(line: Line): boolean {
  return line.what === 'end' && line.threw === 'RateLimitedError';
}

interface Begun {
  job: string;
  /** Its start was counted after its claim, and before its body began: ms since 1970. */
  claimed: number;
  began: number;
}

/** Starts that are certainly in one window. A process may have been paused before the body. */
function crowded(
  name: string,
  { max, duration }: { max: number; duration: number },
  jobs: readonly JobFacts[],
  facts: Facts,
): Violation[] {
  const begun = jobs
    .flatMap((job) => job.starts.map((start) => toBegun(job, start, facts)))
    .sort((a, b) => a.claimed - b.claimed);
  const found: Violation[] = [];
  for (const [i, { job, claimed }] of begun.entries()) {
    const end = claimed + duration - EXACT;
    const inside = begun.slice(i).filter((other) => other.began < end).length;
    if (inside <= max) continue;
    const what = `with ${inside - 1} others it started within ${duration} ms, under rate limit ${name} of ${max}`;
    found.push({ rule: 'Q9', job, what });
  }
  return found;
}

function toBegun({ id, claims }: JobFacts, { at }: Start, { redisClock }: Facts): Begun {
  const began = at + redisClock;
  return { job: id, claimed: Math.max(0, ...claims.filter((claim) => claim <= began + 1)), began };
}

/** The run that follows one which has closed the limits, where no interrupt was between them. */
function tooEarly({ id, put, lines, starts, stored }: JobFacts): Violation[] {
  if (put?.closes === undefined || stored?.fields['interruptions'] !== undefined) return [];
  const { closes } = put;
  return lines.filter(isClosing).flatMap(({ at }) => {
    const next = starts.find((start) => start.at > at);
    const early = next ? at + closes - next.at : 0;
    if (early <= EXACT) return [];
    const what = `it started ${Math.round(early)} ms before the limits were open that it had closed`;
    return [{ rule: 'Q9', job: id, what }];
  });
}
