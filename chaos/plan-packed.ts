// Plans composites with many parts that can be in packs (docs/protocol/packs.md).
import type { Random } from '#kit/faults/random';
import { composed, make, simple, SIMPLE, type Planned } from './plans.js';

/** Most parts are short, have no options, and come one after another, so that packs are claimed. */
export function planPacked(name: string, random: Random): Planned {
  const how = random.pick(['serial', 'parallel'] as const);
  const count = how === 'serial' ? random.between(2, 15) : random.between(2, 70);
  const parts = Array.from({ length: count }, (_, i): Planned => {
    const own = `${name}.${i}`;
    if (random.chance(0.05)) return make(random.pick(SIMPLE), own, random);
    if (random.chance(0.9)) return simple('fast', { name: own }, {});
    const plan = random.pick([
      { ms: random.between(1, 300), heeds: random.chance(0.5) },
      { block: random.between(5, 100) },
      { fails: true },
      { puts: random.between(1, 2) },
      { ms: random.between(0, 100), once: true },
    ]);
    return simple('packed', { name: own, ...plan }, {});
  });
  const packed = random.pick([true, true, undefined, false]);
  return composed(how, name, random, parts, { stops: random.chance(0.2), nested: false, packed });
}
