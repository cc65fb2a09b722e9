// Makes a quota, a rate limit or a schedule of a queue, or changes the one of that name.
import { InvalidArgumentError, Job, type Queue, type RateLimitOptions } from '@drover/core';

/**
 * @param keyed of a new one: whether each key has its own slots
 * @returns the size before; undefined where it is new
 * @throws InvalidArgumentError for a bad name or size
 */
export async function setQuota(
  { quotas }: Queue,
  name: string,
  size: number,
  keyed = false,
): Promise<number | undefined> {
  const known = await quotas.get(name);
  if (known) await quotas.resize(name, size);
  else await quotas.create(name, size, { keyed });
  return known?.size;
}

/**
 * @param keyed of a new one: whether each key has its own starts
 * @throws InvalidArgumentError for a bad name or option
 */
export async function setRateLimit(
  { rateLimits }: Queue,
  name: string,
  rate: Pick<RateLimitOptions, 'max' | 'duration'>,
  keyed = false,
): Promise<void> {
  if (await rateLimits.get(name)) await rateLimits.resize(name, rate);
  else await rateLimits.create(name, { ...rate, keyed });
}

/** A schedule as a person or a program gives it: when, and which jobs. */
export interface ScheduleSettings {
  cron?: string | undefined;
  /** Of `cron`. */
  timezone?: string | undefined;
  /** Ms, in the place of `cron`. */
  every?: number | undefined;
  task: string;
  args: unknown[];
  lane?: string | undefined;
  overlap?: 'allow' | 'skip' | undefined;
  missed?: 'none' | 'latest' | 'all' | undefined;
}

/** @throws InvalidArgumentError for a bad name or setting */
export async function setSchedule(
  { schedules }: Queue,
  name: string,
  { cron, timezone, every, task, args, lane, overlap, missed }: ScheduleSettings,
): Promise<void> {
  if ((cron === undefined) === (every === undefined))
    throw new InvalidArgumentError('a schedule has either cron or every');
  if (cron === undefined && timezone !== undefined)
    throw new InvalidArgumentError('a time zone is one of cron');
  const times =
    cron === undefined
      ? { every: every ?? 0 }
      : { cron, ...(timezone !== undefined && { timezone }) };
  const plain = new Job<unknown, []>(task, args);
  await schedules.set(name, times, lane === undefined ? plain : plain.with({ lane }), {
    ...(overlap && { overlap }),
    ...(missed && { missed }),
  });
}
