// Puts the jobs of schedules whose time has come (Q10). Each dispatcher of the queue tries to, and
// for each time one of them does it.
import { pairsOf } from '../../../lib/chunks.js';
import { hasJustBegun, nextStep, type Look } from '../../../model/schedules/plan.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import type { DueSchedules } from '../../../model/stores.js';
import { clockOf } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { throwTyped, typed } from '../scripts/store-errors.js';
import { putStep } from './put-step.js';
import { readSchedule } from './schedule-records.js';

/** So many schedules are looked at in one call. */
const MOST = 20;
/** So many steps are done for each of them, so that the others and claims get their turn. */
const MAX_STEPS = 10;
/** Ms to the next look at a schedule that does not move on although nobody else changes it. */
const REFUSED_CHECK = 1_000;
/** Ms to the next look at a damaged schedule. */
const DAMAGED_CHECK = 60_000;

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
      if (await putStep(client, keys, schedule, step)) schedule = { ...schedule, next: step.next };
      else {
        schedule = await readSchedule(client, keys, name);
        // Redis's clock has been set, or another server has another one.
        if (schedule?.next === next && schedule.version === version)
          return look.now + REFUSED_CHECK;
      }
    }
    return schedule?.next ?? Infinity;
  }
}

/** A schedule without a next time stands at `inf`. */
function scoreOf(score: string | undefined): number {
  const time = Number(score);
  return Number.isFinite(time) ? time : Infinity;
}
