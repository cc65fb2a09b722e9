// Plans jobs that are retried or cancelled together, by the text that all of their arguments have
// (Q11).
import type { Random } from '#kit/faults/random';
import { HELD } from './plan-passed.js';
import { OFTEN, simple, type Planned } from './plans.js';

/** The text that the arguments of these jobs have, and those of no others. */
export function manyOf(name: string): string {
  return `${name}/many`;
}

export function planMany(name: string, random: Random, how: 'retry' | 'cancel'): Planned[] {
  return Array.from({ length: random.between(3, 12) }, (_, i): Planned => {
    const own = `${manyOf(name)}${i}`;
    if (how === 'retry')
      return simple('fails once', { name: own, ms: random.between(0, 100), failsOnce: true });
    const plan = { name: own, ms: random.between(0, 1_500), heeds: random.chance(0.7) };
    const isHeld = random.chance(0.5);
    return simple('cancelled', plan, { ...OFTEN, ...(isHeld && { beginAfter: HELD }) });
  });
}
