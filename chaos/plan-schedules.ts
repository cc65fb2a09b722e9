// Plans the schedules of a run: one for each mode of overlap and missed times (Q10).
import type { Job } from '@drover/core';
import { serial } from '@drover/composite';
import type { Random } from '#kit/faults/random';
import type { Scheduled } from './history.js';
import { OFTEN } from './plans.js';
import { callback, work } from './tasks.js';

export interface PlannedSchedule {
  name: string;
  schedule: Scheduled;
  /** It is set again and again, as by each process that starts. */
  isSetAgain: boolean;
  /** A new job from which its jobs are made. */
  job: () => Job;
}

export function planSchedules(random: Random): PlannedSchedule[] {
  const modes = [
    ['allow', 'all'],
    ['skip', 'all'],
    ['allow', 'latest'],
    ['skip', 'none'],
  ] as const;
  return modes.map(([overlap, missed], i) => {
    const name = `schedule${i}`;
    const schedule = { every: random.between(300, 900), overlap, missed, tag: name };
    const plan = { name, ms: random.between(0, 700), heeds: random.chance(0.5) };
    const kind = random.pick(['plain', 'serial', 'callback'] as const);
    const job = (): Job => {
      const one = work.job(plan).with(OFTEN) as Job;
      if (kind === 'callback') void one.addCallback(callback.job(`${name}/callback`));
      const whole = kind === 'serial' ? (serial([one, work.job(plan)]) as Job).with(OFTEN) : one;
      return whole.with({ meta: { tag: schedule.tag } });
    };
    return { name, schedule, isSetAgain: random.chance(0.5), job };
  });
}
