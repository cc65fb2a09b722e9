// Changes the quotas, rate limits and schedules of a queue.
import { z } from 'zod';
import { InvalidArgumentError, Job, type Queue } from '@drover/core';
import { setQuota, setRateLimit } from '../../model/settings.js';
import { action, queueOf, type Call, type Done, type Route } from '../route.js';

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
    answer: setSchedule,
  }),
  ...changesOf('quotas', ['remove'], (queue, _, quota) => queue.quotas.remove(quota)),
  ...changesOf('rate-limits', ['remove'], (queue, _, limit) => queue.rateLimits.remove(limit)),
  ...changesOf('schedules', ['pause', 'resume', 'remove'], (queue, how, schedule) =>
    queue.schedules[how](schedule),
  ),
];

interface ScheduleFields {
  name: string;
  cron?: string | undefined;
  timezone?: string | undefined;
  every?: number | undefined;
  task: string;
  args?: unknown[] | undefined;
  lane?: string | undefined;
  overlap?: 'allow' | 'skip' | undefined;
  missed?: 'none' | 'latest' | 'all' | undefined;
}

async function setSchedule(call: Call<ScheduleFields>): Promise<Done> {
  const { name: schedule, cron, timezone, every, task, args = [], lane, ...modes } = call.input;
  const queue = await queueOf(call);
  if ((cron === undefined) === (every === undefined))
    throw new InvalidArgumentError('a schedule has either cron or every');
  const times =
    cron === undefined
      ? { every: every ?? 0 }
      : { cron, ...(timezone !== undefined && { timezone }) };
  const plain = new Job<unknown, []>(task, args);
  const { overlap, missed } = modes;
  await queue.schedules.set(schedule, times, lane === undefined ? plain : plain.with({ lane }), {
    ...(overlap && { overlap }),
    ...(missed && { missed }),
  });
  return { schedule, task };
}

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
