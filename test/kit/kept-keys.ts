// The keys that stay in Redis when all jobs have been removed, as docs/protocol/keys.md says.

/** Of queues and lanes: settings, event streams, and names. They are small, and stay for ever. */
const OF_QUEUES =
  'meta|id|events|marker|lanes|quotas|quotas:arrivals|rate-limits|retention|begin-by';
/** Of the prefix: the names of queues, and the records of dispatchers. */
const OF_PREFIX = 'queues|dispatchers|dispatchers:ended|dispatcher:[0-9a-f-]{36}';
const KEPT = new RegExp(`:(${OF_QUEUES}|${OF_PREFIX})$`);

export function isKept(key: string): boolean {
  return KEPT.test(key);
}
