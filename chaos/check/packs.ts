// Reads the parts of packs as the jobs that they are (docs/protocol/packs.md).
import type { Redis } from 'ioredis';

/** The id of a pack is that of its first part, with another version of UUID. */
export const isPackId = (id: string): boolean => id[14] === '8';

/** The fields of a part. */
export interface PartFields {
  id: string;
  fields: Record<string, string>;
}

/** The parts of a stored pack, with the fields that tell how each ended; of any other job none. */
export async function partsOfPack(redis: Redis, key: string): Promise<PartFields[]> {
  const pack = await redis.hgetall(key);
  if (pack['name'] !== 'drover.pack') return [];
  const values = await redis.lrange(`${key}:values`, 0, -1);
  const parts = JSON.parse(pack['data'] ?? '[]') as [id: string, name: string, data: string][];
  const { timestamp = '', parent = '{}', ats = '', finishedOn = '' } = pack;
  return parts.map(([id, name, data], i) => {
    const [value, isOver] = [values[i], i < values.length];
    const end = isOver && {
      ats,
      returnvalue: value as string,
      finishedOn: finishedOn || timestamp,
    };
    return { id, fields: { name, data, timestamp, parent, opts: '{}', ...end } };
  });
}
