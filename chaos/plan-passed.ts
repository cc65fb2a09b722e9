// Plans jobs whose handles are passed on over queues and lanes, and the jobs that get them.
import type { Job } from '@drover/core';
import type { Random } from '#kit/faults/random';
import { LANES } from './plan.js';
import { OFTEN, putOf, simple, type Planned } from './plans.js';
import { QUEUES } from './queues.js';
import { passes } from './tasks.js';

/** How long a job is kept from being due, that is to be taken out meanwhile. */
export const HELD = 8_000;

/**
 * A job whose handle is passed on, in a queue and lane of its own: it runs, or is held for so long
 * that it can be taken out.
 */
export function planPassed(name: string, random: Random, isHeld: boolean): Planned {
  const lane = random.pick(LANES);
  const kind = random.pick(['fast', 'failing', 'fails once'] as const);
  const plan = {
    name,
    ms: random.between(0, 200),
    fails: kind === 'failing',
    failsOnce: kind === 'fails once',
  };
  const options = { ...OFTEN, lane, ...(isHeld && { beginAfter: HELD }) };
  return { ...simple('passed', plan, options), queue: random.pick(QUEUES) };
}

/** One that gets the handle of another job, by whatever hops. */
export function planPassing(name: string, random: Random, handle: Job): Planned {
  const place = () => ({ queue: random.pick(QUEUES), lane: random.pick(LANES) });
  const hops = Array.from({ length: random.between(0, 3) }, () => ({
    ...place(),
    puts: random.chance(0.5),
  }));
  const use = random.pick(['follow', 'follow', 'wait', 'retry'] as const);
  const { queue, lane } = place();
  const job = passes.job({ name, hops, use }, handle).with({ ...OFTEN, lane }) as Job;
  return { job, put: putOf(job, name, 'passes'), queue };
}
