// Waiting until everything is done, after the nemesis: what is left when nothing has happened for
// long hangs.
import { Queue } from 'bullmq';
import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Violation } from './check/violation.js';

/**
 * In ms from now. The workload delays no job for so long: a job that is due later was delayed by a
 * host whose clock was wrong.
 */
const FAR = 60_000;
const LISTS = ['wait', 'active', 'delayed', 'prioritized', 'waiting-children', 'parked'] as const;

export interface Drained {
  /**
   * The jobs that a host with a wrong clock has delayed; the drain has made them due at once (Q2).
   */
  farOff: Violation[];
  hanging: Violation[];
}

/**
 * @param bases the beginnings of the keys of each BullMQ queue
 * @param patience so many ms nothing may happen at all
 * @param longest ms in which all must be done, even where something happens all the time
 */
export async function drain(
  redis: Redis,
  bases: readonly string[],
  patience: number,
  longest: number,
): Promise<Drained> {
  let before = '';
  const startedAt = performance.now();
  let changedAt = startedAt;
  const farOff: Violation[] = [];
  for (let empty = 0; empty < 3;) {
    await setTimeout(100);
    farOff.push(...(await bringForward(redis, bases)));
    const left = await undone(redis, bases);
    empty = left.length === 0 ? empty + 1 : 0;
    const now = JSON.stringify(left);
    if (now !== before) changedAt = performance.now();
    before = now;
    if (performance.now() - changedAt > patience || performance.now() - startedAt > longest)
      return { farOff, hanging: await Promise.all(left.map((one) => describe(redis, one))) };
  }
  return { farOff, hanging: [] };
}

interface Undone {
  base: string;
  list: string;
  id: string;
}

async function undone(redis: Redis, bases: readonly string[]): Promise<Undone[]> {
  const found = bases.flatMap((base) =>
    LISTS.map(async (list) => {
      const key = `${base}:${list}`;
      const isList = list === 'wait' || list === 'active';
      const ids = isList ? await redis.lrange(key, 0, -1) : await redis.zrange(key, 0, '-1');
      return ids.map((id) => ({ base, list, id }));
    }),
  );
  return (await Promise.all(found)).flat();
}

async function bringForward(redis: Redis, bases: readonly string[]): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const base of bases) {
    // BullMQ keeps the time in the upper bits of the score.
    const far = await redis.zrange(
      `${base}:delayed`,
      (Date.now() + FAR) * 0x1000,
      '+inf',
      'BYSCORE',
    );
    if (far.length === 0) continue;
    for (const job of far)
      found.push({
        rule: 'Q2',
        job,
        what: 'it is due in more than a minute, which nobody asked for',
      });
    const [prefix = '', name = ''] = [
      base.slice(0, base.indexOf('}') + 1),
      base.slice(base.indexOf('}') + 2),
    ];
    const queue = new Queue(name, { prefix, connection: redis, skipMetasUpdate: true } as never);
    await queue.promoteJobs();
  }
  return found;
}

/** Describes a job that hangs, with its children. */
async function describe(redis: Redis, { base, list, id }: Undone): Promise<Violation> {
  const key = `${base}:${id}`;
  const [fields, lock, below] = await Promise.all([
    redis.hgetall(key),
    redis.get(`${key}:lock`),
    redis.smembers(`${key}:dependencies`),
  ]);
  const what = { list: `${base}:${list}`, lock, waitsFor: below, fields };
  return { rule: 'hangs', job: id, what: JSON.stringify(what) };
}
