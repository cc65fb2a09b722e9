// Long fields of jobs. A script would copy each value that it reads or writes, and hold up Redis
// meanwhile. So scripts leave long ones out of their replies (lua/lib/record/long-fields.lua), and
// this file reads them by a plain command.
import type { RedisClient } from '../../redis/connection.js';
import { DamagedRecord } from '../../model/store-errors.js';
import type { JobFields } from './fields.js';

/** In bytes. The same as in Lua. */
export const LONG = 200_000;

/** The size of a text in bytes, or an upper bound of it where that is not more than `LONG`. */
export function sizeOf(text: string): number {
  const most = 3 * text.length;
  return most <= LONG ? most : Buffer.byteLength(text);
}

/**
 * The fields of a job with the long ones that a script has left out.
 * @throws DamagedRecord where one of them is gone: the job has changed since
 */
export async function withLongFields(
  client: RedisClient,
  key: string,
  fields: JobFields,
  names = longNames(fields),
): Promise<JobFields> {
  if (names.length === 0) return fields;
  const values = await client.hmget(key, ...names);
  const found: Record<string, string> = {};
  for (const [i, name] of names.entries()) {
    const value = values[i] ?? undefined;
    if (value === undefined) throw new DamagedRecord(`its field ${name} is gone`);
    found[name] = value;
  }
  return { ...fields, ...found };
}

/**
 * The same for a handle, which asks for the names of the children only where jobs were appended.
 * Undefined: the job has changed since.
 */
export async function withLongFieldsOfHandle(
  client: RedisClient,
  key: string,
  fields: JobFields,
): Promise<JobFields | undefined> {
  const needsNames = fields.appended !== undefined;
  const names = longNames(fields).filter((name) => needsNames || name !== 'manifest');
  const { manifest = fields.shortManifest } = fields;
  const short = manifest === undefined ? fields : { ...fields, manifest };
  return await withLongFields(client, key, short, names).catch((error: unknown) => {
    if (error instanceof DamagedRecord) return undefined;
    throw error;
  });
}

function longNames({ longFields = '' }: JobFields): string[] {
  return longFields.split(' ').filter((name) => name !== '');
}
