// Plans the jobs of all kinds, some of them with a priority (Q7), or with a tag in their `meta`
// (J11).
import type { Random } from '#kit/faults/random';
import { planJob, type Planned } from './plans.js';

export function planOrdered(name: string, random: Random): Planned {
  const { job, put } = planJob(name, random);
  const priority = random.chance(0.4) ? random.between(0, 3) : undefined;
  const tag = random.chance(0.3) ? name : undefined;
  const own = { ...(priority !== undefined && { priority }) };
  return {
    job,
    put: { ...put, ...own, ...(tag !== undefined && { tag }) },
    options: { ...own, ...(tag !== undefined && { meta: { tag } }) },
  };
}
