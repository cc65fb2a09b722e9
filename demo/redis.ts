// The demo's own commands to Redis, without Drover: counts how often each job was committed, and
// removes all keys of this run.
import { Redis } from 'ioredis';
import { QUEUE } from './tasks.js';

const PAGE = 1_000;

function connect(): Redis {
  const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379', {
    maxRetriesPerRequest: 1,
  });
  // The command that fails reports the error.
  redis.on('error', () => {});
  return redis;
}

/** How often each job was completed, by the stream of events that BullMQ's own scripts write. */
export async function readCommits(prefix: string): Promise<Map<string, number>> {
  const redis = connect();
  const commits = new Map<string, number>();
  try {
    for (const [, fields] of await redis.xrange(`${prefix}:${QUEUE}:events`, '-', '+')) {
      const entry = new Map(
        fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1]] as const] : [])),
      );
      const jobId = entry.get('jobId');
      if (entry.get('event') === 'completed' && jobId)
        commits.set(jobId, (commits.get(jobId) ?? 0) + 1);
    }
  } finally {
    redis.disconnect();
  }
  return commits;
}

export async function removeKeys(prefix: string): Promise<void> {
  const redis = connect();
  try {
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', PAGE);
      if (keys.length > 0) await redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  } finally {
    redis.disconnect();
  }
}
