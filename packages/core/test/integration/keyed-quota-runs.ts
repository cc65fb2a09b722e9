// Jobs with keys of a quota, and the orders in which a played dispatcher starts them.
import { defineTask, type Queue } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import type { TestContext } from '../../../../test/kit/context.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

export const work = defineTask('keyedQuotas.work', (name: string) => name);

/** A queue with the quota `team`, which has keys. */
export async function keyedQueue(
  context: TestContext,
  name: string,
  size = 1,
): Promise<[Queue, PlayedDispatcher]> {
  const queue = context.queue(name);
  await queue.quotas.create('team', size, { keyed: true });
  return [queue, playDispatcher(context, name)];
}

/** A job of some keys of `team`; without keys that of its first letter. */
export const of = (name: string, ...keys: string[]) =>
  work.job(name).with({
    quotas: (keys.length > 0 ? keys : [name[0] as string]).map((key) => `team/${key}`),
  });

export const nameOf = (claim: ClaimedJob) => (JSON.parse(claim.args) as string[])[0] as string;

/** Claims jobs until one gets its slots; undefined where none is left. */
export async function begin({ claim, store }: PlayedDispatcher): Promise<ClaimedJob | undefined> {
  for (let next = await claim(); next; next = await claim()) {
    if (!next.options.quotas?.length || (await store.takeSlots(next)) === 'taken') return next;
  }
  return undefined;
}

/** Runs all jobs one after another. Returns their names in the order of their starts. */
export async function runAll(played: PlayedDispatcher): Promise<string[]> {
  const names: string[] = [];
  for (let next = await begin(played); next; next = await begin(played)) {
    names.push(nameOf(next));
    await played.complete(next, 1);
  }
  return names;
}

/** Starts jobs while slots are free. */
export async function beginAll(played: PlayedDispatcher): Promise<ClaimedJob[]> {
  const begun: ClaimedJob[] = [];
  for (let next = await begin(played); next; next = await begin(played)) begun.push(next);
  return begun;
}

/** The keys of Redis that belong to quotas, or to keys of quotas. */
export const quotaKeys = async ({ redis, prefix }: TestContext, queue: string) =>
  (await redis.keys(`${prefix}:${queue}:quota:*`)).map((key) => key.slice(prefix.length + 1));
