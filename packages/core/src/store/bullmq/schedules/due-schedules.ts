// Puts the jobs of schedules whose time has come (Q10). Each dispatcher of the queue tries to, and
// for each time one of them does it.
import { pairsOf } from '../../../lib/chunks.js';
import { crashPoint } from '../../../lib/crash-points.js';
import { hasJustBegun, nextStep, type Look, type Step } from '../../../model/schedules/plan.js';
import { jobAt } from '../../../model/schedules/template.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import type { DueSchedules } from '../../../model/stores.js';
import { clockOf } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { noteDeadlines } from '../put/deadlines.js';
import { jobArguments } from '../put/job-arguments.js';
import { callWith, stage } from '../put/staged.js';
import { runScript } from '../scripts/run-script.js';
import { throwTyped, typed } from '../scripts/store-errors.js';
import { keysOf, readSchedule, readTemplate, type StoredSchedule } from './schedule-records.js';

/** So many schedules are looked at in one call. */
const MOST = 20;
/** So many steps are done for each of them, so that the others and claims get their turn. */
const MAX_STEPS = 10;
/** Ms to the next look at a schedule that does not move on although nobody else changes it. */
const REFUSED_CHECK = 1_000;
/** Ms to the next look at a damaged schedule. */
const DAMAGED_CHECK = 60_000;

type StepDone = Exclude<Step, { waitUntil: number }>;

export class RedisDueSchedules implements DueSchedules {
  /** When this dispatcher began to look, and when it looked last: ms since 1970. */
  #watch: { beganAt: number; lastAt: number } | undefined;
  /** By name: when damaged schedules are looked at again. */
  readonly #damaged = new Map<string, number>();

  constructor(
    private readonly client: RedisClient,
    /** Of the main lane. */
    private readonly keys: LaneKeys,
    /** Ms without a look after which this dispatcher did not run at the times in between. */
    private readonly patience: number,
    private readonly onError: (error: Error) => void,
  ) {}

  async put(): Promise<number> {
    const look = this.#look();
    const most = MOST + this.#damaged.size;
    const found = await typed(() =>
      this.client.zrange(this.keys.schedules, 0, String(most - 1), 'WITHSCORES'),
    );
    // Others may have come as well: they are looked at next.
    const areMore = found.length === 2 * most && scoreOf(found.at(-1)) <= look.now;
    const again = areMore && !hasJustBegun(look) ? look.now : Infinity;
    // Together: many schedules may come at the same time. The calls are sent in order.
    const next = await Promise.all(
      pairsOf(found).map(async ([name, score]) => {
        const due = this.#damagedUntil(name, look.now) ?? scoreOf(score);
        return due > look.now ? due : await this.#putDue(name, look);
      }),
    );
    const soonest = Math.min(again, ...next);
    return Number.isFinite(soonest) ? soonest : 0;
  }

  #look(): Look {
    const now = clockOf(this.client).now();
    const isLate = this.#watch === undefined || now > this.#watch.lastAt + this.patience;
    const beganAt = isLate ? now : (this.#watch?.beganAt ?? now);
    this.#watch = { beganAt, lastAt: now };
    return { now, beganAt, watchedSince: Math.max(beganAt, now - this.patience) };
  }

  #damagedUntil(name: string, now: number): number | undefined {
    const until = this.#damaged.get(name);
    if (until !== undefined && until > now) return until;
    this.#damaged.delete(name);
    return undefined;
  }

  /** Returns when to look at this schedule again, in ms since 1970. */
  async #putDue(name: string, look: Look): Promise<number> {
    try {
      return await this.#putAll(name, look).catch(throwTyped);
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      // The other schedules go on (B1).
      this.onError(error);
      const until = look.now + DAMAGED_CHECK;
      this.#damaged.set(name, until);
      return until;
    }
  }

  async #putAll(name: string, look: Look): Promise<number> {
    const { client, keys } = this;
    let schedule = await readSchedule(client, keys, name);
    for (let steps = 0; schedule?.next !== undefined && schedule.next <= look.now; steps++) {
      if (steps === MAX_STEPS) return look.now;
      const { times, missed, next, version } = schedule;
      const step = nextStep(times, missed, next, look);
      if ('waitUntil' in step) return step.waitUntil;
      if (await this.#step(schedule, step)) schedule = { ...schedule, next: step.next };
      else {
        schedule = await readSchedule(client, keys, name);
        // Redis's clock has been set, or another server has another one.
        if (schedule?.next === next && schedule.version === version)
          return look.now + REFUSED_CHECK;
      }
    }
    return schedule?.next ?? Infinity;
  }

  /** Returns false where another dispatcher did it, or the schedule was changed meanwhile. */
  async #step(
    schedule: StoredSchedule,
    { put: time, next: following }: StepDone,
  ): Promise<boolean> {
    const { client, keys } = this;
    const { name, version, next = 0 } = schedule;
    const args = [name, version, next, following ?? 'inf', time ?? ''];
    if (time === undefined) {
      const scriptKeys = keysOf(keys, name, keys.schedule(name));
      return (await runScript(client, 'putScheduled', scriptKeys, args)) === 1;
    }
    const template = await readTemplate(client, keys, schedule);
    if (!template) return false;
    const job = jobAt(template, keys.schedule(name), name, time);
    const lane = keys.sibling(job.lane);
    await noteDeadlines(client, keys, [job]);
    crashPoint('put-scheduled.before');
    const staged = stage(client, lane, [job]);
    for (const sent of staged.jobs) args.push(lane.base, ...jobArguments(lane, sent));
    const scriptKeys = keysOf(keys, name, lane.job(job.id));
    const reply = await callWith(staged, () => runScript(client, 'putScheduled', scriptKeys, args));
    crashPoint('put-scheduled.after');
    return reply === 1;
  }
}

/** A schedule without a next time stands at `inf`. */
function scoreOf(score: string | undefined): number {
  const time = Number(score);
  return Number.isFinite(time) ? time : Infinity;
}
