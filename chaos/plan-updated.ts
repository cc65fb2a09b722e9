// Plans jobs that wait for their time, and the change that each gets meanwhile (Q12).
import type { JobUpdate } from '@drover/core';
import type { Random } from '#kit/faults/random';
import { argsShown } from './arguments.js';
import type { Change } from './history.js';
import type { Plan } from './plan.js';
import { OFTEN, simple, type Planned } from './plans.js';

export function planUpdated(name: string, random: Random): Planned {
  const after = random.between(300, 4_000);
  const plan = { name, ms: random.between(0, 200) };
  return simple('updated', plan, { ...OFTEN, beginAfter: after }, { due: { after } });
}

export function planUpdate(name: string, random: Random): { change: Change; update: JobUpdate } {
  const change: Change = {};
  const update: JobUpdate = {};
  if (random.chance(0.5)) {
    const args: [Plan] = [{ name: `${name}/changed`, ms: random.between(0, 200) }];
    update.args = args;
    change.args = argsShown(args);
  }
  if (random.chance(0.4))
    update.beginAfter = change.after = random.chance(0.5) ? 0 : random.between(500, 3_000);
  if (random.chance(0.3) || Object.keys(change).length === 0)
    update.priority = change.priority = random.between(1, 5);
  return { change, update };
}
