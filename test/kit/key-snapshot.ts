// The keys of a queue in Redis. Ids, times, tokens and stacks, which differ from run to run, are
// made equal.
import type { Redis } from 'ioredis';

/**
 * By key, without prefix and queue (`/system:…` for the system lane): its type, and its content.
 */
export type KeySnapshot = Record<string, { type: string; content: unknown }>;

export interface SnapshotOptions {
  /** The ids of jobs and dispatchers, by the names that replace them. */
  names: Readonly<Record<string, string>>;
  /** Fields of hashes that are left out. */
  without?: readonly string[];
}

/** @param base the prefix and the queue: `{prefix}:queue` */
export async function snapshotKeys(
  redis: Redis,
  base: string,
  options: SnapshotOptions,
): Promise<KeySnapshot> {
  const snapshot: KeySnapshot = {};
  for (const key of [...(await redis.keys(`${base}:*`)), ...(await redis.keys(`${base}/*`))]) {
    const type = await redis.type(key);
    const name = plain(key.slice(base.length).replace(/^:/, ''), base, options);
    snapshot[name] = { type, content: await contentOf(redis, key, type, base, options) };
  }
  return Object.fromEntries(Object.entries(snapshot).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function contentOf(
  redis: Redis,
  key: string,
  type: string,
  base: string,
  options: SnapshotOptions,
): Promise<unknown> {
  const text = (value: string): string => plain(value, base, options);
  switch (type) {
    case 'hash': {
      const fields = Object.entries(await redis.hgetall(key)).filter(
        ([name]) => !options.without?.includes(name),
      );
      return Object.fromEntries(
        fields
          .map(([name, value]) => [text(name), text(value)])
          .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
      );
    }
    case 'list':
      return (await redis.lrange(key, 0, -1)).map(text);
    case 'set':
      return (await redis.smembers(key)).map(text).sort();
    case 'zset': {
      const flat = await redis.zrange(key, 0, '-1', 'WITHSCORES');
      return Object.fromEntries(
        flat.flatMap((member, i) => (i % 2 ? [] : [[text(member), scoreOf(Number(flat[i + 1]))]])),
      );
    }
    case 'stream':
      return (await redis.xrange(key, '-', '+')).map(([, fields]) => fields.map(text).join(' '));
    default:
      return text(String(await redis.get(key)));
  }
}

function scoreOf(score: number): string {
  return score > 1e15 ? '<time in steps>' : score > 1e12 ? '<time>' : String(score);
}

function plain(value: string, base: string, { names }: SnapshotOptions): string {
  let text = value.replaceAll(base, '<queue>');
  for (const [id, name] of Object.entries(names)) text = text.replaceAll(id, `<${name}>`);
  return text.replace(/\b1[6-9]\d{11}\b/g, '<time>').replace(/(\\n|\n) +at .*?(?=")/g, '<stack>');
}
