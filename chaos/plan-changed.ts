// Plans jobs that change while they wait or after they have failed: parts are appended to them, or
// they are retried from outside.
import type { Composite } from '@drover/composite';
import type { Job } from '@drover/core';
import type { Random } from '#kit/faults/random';
import { composite, make, OFTEN, putOf, simple, type Planned } from './plans.js';
import { appends } from './tasks.js';

/** A composite, with one part more that appends others to it. */
export async function planGrowing(name: string, random: Random): Promise<Planned> {
  const planned = composite(random.pick(['serial', 'parallel']), name, random, false);
  const whole = planned.job as Composite;
  const plan = { name: `${name}.grows`, ms: random.between(0, 200), puts: random.between(1, 2) };
  const part = await whole.append(appends.job(plan, whole).with(OFTEN) as Job);
  const { composite: parts, ...put } = planned.put;
  if (!parts) throw new Error('it is no composite');
  const own = putOf(part, plan.name, 'appends');
  return { job: whole, put: { ...put, composite: { ...parts, parts: [...parts.parts, own] } } };
}

/**
 * A job that fails at first, and is retried from outside: by itself, or in the middle of a serial
 * that stops at it.
 */
export function planFailingOnce(name: string, random: Random): Planned {
  const once = (own: string): Planned =>
    simple('fails once', { name: own, ms: random.between(0, 100), failsOnce: true });
  return random.chance(0.5)
    ? once(name)
    : composite('serial', name, random, true, false, once(`${name}.once`));
}

/**
 * Several jobs that fail at first, in a composite that goes on all the same: to be retried as a
 * whole, again and again.
 */
export function planFailingParts(name: string, random: Random): Planned {
  const parts = Array.from({ length: random.between(1, 3) }, (_, i) =>
    simple('fails once', { name: `${name}.once${i}`, ms: random.between(0, 100), failsOnce: true }),
  );
  return composite(random.pick(['serial', 'parallel']), name, random, true, true, ...parts);
}

/** A part more, which is appended from outside. */
export function planPart(name: string, random: Random): Planned {
  return make(random.pick(['fast', 'slow', 'failing']), name, random);
}
