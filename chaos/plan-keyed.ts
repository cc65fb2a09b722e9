// Plans jobs of few keys, so that most puts find their key taken (Q8).
import type { Random } from '#kit/faults/random';
import { KEYS, LANES } from './plan.js';
import { OFTEN, simple, type Planned } from './plans.js';

const MODES = {
  single: ['keep', 'replace', 'refuse'],
  after: ['after', 'after', 'keep', 'replace'],
  lasting: ['keep', 'replace', 'refuse'],
  'in runs': ['keep', 'after'],
} as const;

export function planKeyed(name: string, random: Random): Planned {
  const kind = random.pick(Object.keys(KEYS) as (keyof typeof KEYS)[]);
  const [key, whenTaken] = [random.pick(KEYS[kind]), random.pick(MODES[kind])];
  // One that waits for its time can be replaced.
  const beginAfter = random.chance(0.4) ? random.between(200, 2_000) : undefined;
  const options = {
    ...{ key, whenTaken, lane: random.pick(LANES) },
    ...(kind === 'lasting' && { until: 'removed' as const }),
    ...(beginAfter !== undefined && { beginAfter }),
  };
  const plan = { name, ms: random.between(0, 500), heeds: random.chance(0.5) };
  return { ...simple('keyed', plan, OFTEN, { key, whenTaken }), options };
}
