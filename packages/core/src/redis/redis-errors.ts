// Which errors come from Redis or from the way to it, and which of them say that it is not
// available, and why (B3): by its replies, and by what ioredis makes of a lost connection.
import { isArray, isError, namesOf, propertyOf } from '../lib/careful.js';

/** Why Redis could not do what was asked of it. */
export type UnavailableReason =
  | 'unreachable'
  | 'out of memory'
  | 'read-only'
  | 'loading'
  | 'too few replicas'
  | 'cluster down'
  | 'busy'
  | 'not persistent';

/** A trouble that passes: the reason, and the same in words. */
export interface RedisErrorClass {
  reason: UnavailableReason;
  text: string;
  /** There was no reply in time, and no end of the connection. */
  isSilent?: boolean;
}

/** By the first word of Redis's reply. Redis 6 has it in the middle of what it says of a script. */
const REPLIES: readonly (readonly [word: RegExp, reason: UnavailableReason, text: string])[] = [
  [/\bOOM\b/, 'out of memory', 'Redis is full, since maxmemory is reached (OOM)'],
  [/\bREADONLY\b/, 'read-only', 'Redis is a replica, which takes no writes (READONLY)'],
  [/\bLOADING\b/, 'loading', 'Redis is loading what it has kept (LOADING)'],
  [/\bNOREPLICAS\b/, 'too few replicas', 'Redis has too few replicas to take writes (NOREPLICAS)'],
  [
    /\b(CLUSTERDOWN|MASTERDOWN|TRYAGAIN)\b/,
    'cluster down',
    'the part of Redis that has the queue is down ($1)',
  ],
  [/\bBUSY\b/, 'busy', 'Redis is busy with a script (BUSY)'],
  [
    /\bMISCONF\b/,
    'not persistent',
    'Redis takes no writes, since it cannot store them on disk (MISCONF)',
  ],
];

const UNREACHABLE: RedisErrorClass = { reason: 'unreachable', text: 'Redis cannot be reached' };
const SILENT: RedisErrorClass = {
  reason: 'unreachable',
  text: 'Redis does not answer',
  isSilent: true,
};

/** The class above each class of errors in ioredis and in redis-errors. */
const ANY_OF_REDIS = 'RedisError';
const REPLY = 'ReplyError';
/** The classes of errors for commands that got no reply, and all classes below these. */
const NO_REPLY = ['AbortError', 'ClusterAllFailedError'];
/** BullMQ's own class for the same. */
const CLOSED_IN_BULLMQ = 'ConnectionClosedError';
const CONNECTION_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOST|ENET|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/;
const CONNECTION_MESSAGES = [
  'Connection is closed',
  "Stream isn't writeable",
  'All sentinels are unreachable',
  'Too many Cluster redir',
  'Redis has not answered',
  'connect ETIMEDOUT',
];

/**
 * Undefined for an error that has nothing to do with whether Redis is available, such as a wrong
 * password.
 */
export function classifyRedisError(error: unknown): RedisErrorClass | undefined {
  if (!isError(error)) return undefined;
  const [message, code] = [textIn(error, 'message'), textIn(error, 'code')];
  if (message === 'Command timed out') return SILENT;
  const names = namesOf(error);
  // The error of an AbortSignal is called AbortError too, and has nothing to do with Redis.
  const hasNoReply = names.has(ANY_OF_REDIS) && NO_REPLY.some((name) => names.has(name));
  if (hasNoReply || names.has(CLOSED_IN_BULLMQ))
    return classifyRedisError(propertyOf(error, 'lastNodeError')) ?? UNREACHABLE;
  if (begins(message, CONNECTION_MESSAGES) || CONNECTION_CODES.test(code)) return UNREACHABLE;
  if (!names.has(REPLY)) return undefined;
  // A transaction that was given up says no more than that; its commands say why.
  const previousErrors = propertyOf(error, 'previousErrors');
  for (const one of [
    error,
    ...(Array.isArray(previousErrors) ? (previousErrors as unknown[]) : []),
  ]) {
    const found = replyOf(textIn(one, 'message'));
    if (found) return found;
  }
  return undefined;
}

/**
 * Errors of ioredis with no class of their own: a connection that is in no state for a command, or
 * a reply that is none.
 */
const CLIENT_MESSAGES = [
  'Socket timeout.',
  'Cluster is ',
  "Cluster isn't ",
  'Connection is ',
  'Connection in ',
  'Redis is already connect',
  'None of startup nodes',
  'No master node',
  'Node is disconnected',
  'failed to connect to sentinel ',
  'connected to sentinel ',
  'Command queue state error',
  'Unknown RESP type',
];

/**
 * Whether an error comes from Redis, or from the way to it, so that the same write may succeed when
 * it is sent again. Any other error would be thrown again, for ever: it comes from the data that
 * was to be written, or from a mistake in Drover.
 */
export function isOfRedis(error: unknown): boolean {
  if (!isError(error)) return false;
  if (classifyRedisError(error)) return true;
  const names = namesOf(error);
  if (
    names.has(ANY_OF_REDIS) ||
    names.has(REPLY) ||
    begins(textIn(error, 'message'), CLIENT_MESSAGES)
  )
    return true;
  // Of the operating system: no more sockets, no route, no permission.
  return typeof propertyOf(error, 'errno') === 'number' && textIn(error, 'syscall') !== '';
}

/** What an error says. That of a host with several addresses says nothing itself. */
export function saidBy(error: Error): string {
  const { message, errors, code } = error as Error & { errors?: unknown; code?: unknown };
  if (message !== '') return message;
  const said = isArray(errors) ? errors.filter(isError).map(saidBy) : [];
  return said.length > 0 ? said.join(', ') : String(code ?? error.name);
}

function begins(message: string, beginnings: readonly string[]): boolean {
  return beginnings.some((beginning) => message.startsWith(beginning));
}

/** A property that is a text; else an empty one. */
function textIn(error: unknown, key: string): string {
  const value = propertyOf(error, key);
  return typeof value === 'string' ? value : '';
}

function replyOf(message: string): RedisErrorClass | undefined {
  for (const [word, reason, text] of REPLIES) {
    const match = word.exec(message);
    if (match) return { reason, text: text.replace('$1', match[1] ?? '') };
  }
  return undefined;
}
