// Packs as tests see them: many parts of a composite in one BullMQ job (docs/protocol/packs.md).
import type { TestContext } from './context.js';

/** The id of a pack is that of its first part, with another version of UUID. */
export const isPackId = (id: string): boolean => id[14] === '8';

/** The ids of the packs of the main lane that are stored. */
export async function packsIn({ redis, prefix }: TestContext, queue: string): Promise<string[]> {
  const members = await redis.zrange(`${prefix}:${queue}:packs`, 0, '-1');
  return [...new Set(members.map((member) => member.slice(member.indexOf(':') + 1)))];
}

/** How often each pack of a lane was claimed as a pack, by its id, from the events of the lane. */
export async function packClaims(
  { redis, prefix }: TestContext,
  bullQueue: string,
): Promise<Map<string, number>> {
  const claims = new Map<string, number>();
  for (const [, flat] of await redis.xrange(`${prefix}:${bullQueue}:events`, '-', '+')) {
    const jobId = flat[flat.indexOf('jobId') + 1] ?? '';
    if (flat[flat.indexOf('event') + 1] === 'active' && isPackId(jobId))
      claims.set(jobId, (claims.get(jobId) ?? 0) + 1);
  }
  return claims;
}

/** The number of packs of a lane that ended as packs, or are not opened yet, by what they are. */
export async function closedPacks(
  { redis, prefix }: TestContext,
  bullQueue: string,
): Promise<{ serials: number; parallels: number }> {
  const found = { serials: 0, parallels: 0 };
  const members = await redis.zrange(`${prefix}:${bullQueue}:packs`, 0, '-1');
  for (const id of new Set(members.map((member) => member.slice(member.indexOf(':') + 1)))) {
    const isSerial = await redis.hexists(`${prefix}:${bullQueue}:${id}`, 'inOrder');
    found[isSerial ? 'serials' : 'parallels']++;
  }
  return found;
}

/** The ids of the parts of a stored pack; of any other job none. */
export async function partsIn(
  { redis, prefix }: TestContext,
  bullQueue: string,
  packId: string,
): Promise<string[]> {
  const data = await redis.hget(`${prefix}:${bullQueue}:${packId}`, 'data');
  return data ? (JSON.parse(data) as [id: string][]).map(([id]) => id) : [];
}
