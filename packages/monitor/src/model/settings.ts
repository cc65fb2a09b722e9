// Makes a quota or a rate limit of a queue, or changes the one of that name.
import type { Queue, RateLimitOptions } from '@drover/core';

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
