// Tells errors of Redis, and of the connection to it, from all others, and finds out which of them
// say that Redis is not available for a while (B3).
import { ReplyError } from 'ioredis';
import type { UnavailableReason } from '../errors.js';
import { classNamesOf, isArray, isError, isInstance, propertyOf } from '../lib/careful.js';

/** Why Redis is not available, and the same in words. */
export interface RedisErrorClass {
  reason: UnavailableReason;
  text: string;
  /** No reply came in time, and the connection did not end. */
  isSilent?: boolean;
}

/** By the first word of a reply. For a script, Redis 6 has it in the middle of the reply. */
const REPLIES: readonly (readonly [word: RegExp, reason: UnavailableReason, text: string])[] = [
  [/\bOOM\b/, 'out of memory', 'Redis is full, since maxmemory is reached (OOM)'],
  [/\bREADONLY\b/, 'read-only', 'Redis is a replica, which takes no writes (READONLY)'],
  [/\bLOADING\b/, 'loading', 'Redis is loading its data (LOADING)'],
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

/**
 * The class above all error classes of ioredis. A bundler may have renamed it. Errors of another
 * copy of ioredis are known by the names of their classes alone.
 */
const RedisError = Object.getPrototypeOf(ReplyError) as { prototype: Error };
/** How the errors of commands that got no reply begin, whatever a bundler calls their classes. */
const NO_REPLY_MESSAGES = [
  'Reached the max retries per request limit',
  'Command aborted due to connection close',
  'Cluster is ended',
  'No subscriber for the cluster',
];
const ALL_NODES_FAILED = 'Failed to refresh slots cache';
/** How the codes of a lost connection, or of one that cannot be made, begin. */
const CONNECTION_CODES = [
  ...['ECONN', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOST', 'ENET'],
  ...['ERR_TLS', 'ERR_SSL', 'DEPTH_ZERO', 'SELF_SIGNED', 'UNABLE_TO', 'CERT_'],
];
const CONNECTION_MESSAGES = [
  'Connection is closed',
  "Stream isn't writeable",
  'All sentinels are unreachable',
  'Too many Cluster redir',
  'Redis has not answered',
  'connect ETIMEDOUT',
];

/** Undefined for an error that does not say that Redis is unavailable, such as a wrong password. */
export function classifyRedisError(error: unknown): RedisErrorClass | undefined {
  if (!isError(error)) return undefined;
  const [message, code] = [textIn(error, 'message'), textIn(error, 'code')];
  if (message === 'Command timed out') return SILENT;
  const isLost = begins(message, CONNECTION_MESSAGES) || begins(code, CONNECTION_CODES);
  if (isLost || saysNoReply(error)) return UNREACHABLE;
  if (namesOf(error).has('ClusterAllFailedError') || message.startsWith(ALL_NODES_FAILED))
    return classifyRedisError(propertyOf(error, 'lastNodeError')) ?? UNREACHABLE;
  return isReplyError(error) ? replyOf(message) : undefined;
}

/** Whether an error only says that a command got no reply, and not why. */
export function saysNoReply(error: Error): boolean {
  const names = namesOf(error);
  // The error of an AbortSignal is called AbortError too, and has nothing to do with Redis.
  return (
    (names.has('RedisError') && names.has('AbortError')) ||
    names.has('ConnectionClosedError') || // BullMQ's
    begins(textIn(error, 'message'), NO_REPLY_MESSAGES)
  );
}

/** Whether an error is a reply of Redis. */
export function isReplyError(error: unknown): error is Error {
  return isInstance(error, ReplyError) || (isError(error) && namesOf(error).has('ReplyError'));
}

/**
 * How the errors of ioredis begin that are of no class of its own: for a connection in a state that
 * allows no command, or a reply that cannot be read.
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
 * Whether an error is of Redis, or of the connection to it, so that the same write may succeed when
 * it is sent again. Any other error would be thrown again for ever: it comes from the data to be
 * written, or from a mistake in Drover.
 */
export function isOfRedis(error: unknown): boolean {
  if (!isError(error)) return false;
  if (classifyRedisError(error)) return true;
  const names = namesOf(error);
  if (
    isInstance(error, RedisError) ||
    names.has('RedisError') ||
    names.has('ReplyError') ||
    begins(textIn(error, 'message'), CLIENT_MESSAGES)
  )
    return true;
  // An error of the operating system: no more sockets, no route, no permission.
  return typeof propertyOf(error, 'errno') === 'number' && textIn(error, 'syscall') !== '';
}

/** The message of an error; for a host with several addresses, the messages of all of them. */
export function saidBy(error: Error): string {
  const { message, errors, code } = error as Error & { errors?: unknown; code?: unknown };
  if (message !== '') return message;
  const said = isArray(errors) ? errors.filter(isError).map(saidBy) : [];
  return said.length > 0 ? said.join(', ') : String(code ?? error.name);
}

/** As `saidBy`; undefined for an error that only says that a command got no reply. */
export function causeSaidBy(error: Error): string | undefined {
  return saysNoReply(error) ? undefined : saidBy(error);
}

/** The name of an error, and the names of its classes. */
function namesOf(error: Error): ReadonlySet<string> {
  return new Set([textIn(error, 'name'), ...classNamesOf(error)]);
}

function begins(message: string, beginnings: readonly string[]): boolean {
  return beginnings.some((beginning) => message.startsWith(beginning));
}

/** A property that is a string; else an empty string. */
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
