// Changes the quotas, rate limits and schedules of a queue.
import { z } from 'zod';
import type { Queue } from '@drover/core';
import { setQuota, setRateLimit, setSchedule } from '../../model/settings.js';
import { action, queueOf, type Route } from '../route.js';

const name = z.string();
const keyed = z.boolean().describe('of a new one: each key has its own; default false').optional();
const named = z.strictObject({ name });

export const settingActions: readonly Route[] = [
  action({
    path: '/api/queues/:queue/quotas/set',
    about: 'Makes a quota, or changes its size.',
    input: z.strictObject({ name, size: z.int().min(0), keyed }),
    async answer(call) {
      const { name: quota, size, keyed: isKeyed } = call.input;
      await setQuota(await queueOf(call), quota, size, isKeyed);
      return { quota, size };
    },
  }),
  action({
    path: '/api/queues/:queue/rate-limits/set',
    about: 'Makes a rate limit, or changes it: at most so many starts in so many ms.',
    input: z.strictObject({ name, max: z.int().min(0), duration: z.int().min(1), keyed }),
    async answer(call) {
      const { name: rateLimit, max, duration, keyed: isKeyed } = call.input;
      await setRateLimit(await queueOf(call), rateLimit, { max, duration }, isKeyed);
      return { rateLimit, max, duration };
    },
  }),
  action({
    path: '/api/queues/:queue/schedules/set',
    about: 'Makes a schedule, or replaces it: jobs of a task at given times.',
    input: z.strictObject({
      name,
      cron: z.string().optional(),
      timezone: z.string().optional(),
      every: z.int().min(1).describe('ms, in the place of cron').optional(),
      task: z.string().describe('its name').min(1),
      args: z.array(z.unknown()).describe('plain JSON; default []').optional(),
      lane: z.string().optional(),
      overlap: z.enum(['allow', 'skip']).optional(),
      missed: z.enum(['none', 'latest', 'all']).optional(),
    }),
    async answer(call) {
      const { name: schedule, args = [], ...settings } = call.input;
      await setSchedule(await queueOf(call), schedule, { args, ...settings });
      return { schedule, task: settings.task };
    },
  }),
  ...changesOf('quotas', ['remove'], (queue, _, quota) => queue.quotas.remove(quota)),
  ...changesOf('rate-limits', ['remove'], (queue, _, limit) => queue.rateLimits.remove(limit)),
  ...changesOf('schedules', ['pause', 'resume', 'remove'], (queue, how, schedule) =>
    queue.schedules[how](schedule),
  ),
];

function changesOf<How extends 'pause' | 'resume' | 'remove'>(
  what: string,
  hows: readonly How[],
  change: (queue: Queue, how: How, name: string) => Promise<void>,
): Route[] {
  return hows.map((how) =>
    action({
      path: `/api/queues/:queue/${what}/${how}`,
      about: `Of one of the ${what} of a queue: ${how}.`,
      input: named,
      async answer(call) {
        await change(await queueOf(call), how, call.input.name);
        return { name: call.input.name, done: 1 };
      },
    }),
  );
}
