// Checks the fields of records, which may be damaged or not Drover's (B1).
import { propertyOf } from '../../lib/careful.js';
import type { FailureData } from '../../codec/failure.js';
import type { StoredJobOptions } from '../../model/job-options.js';
import type { Manifest } from '../../model/records.js';
import { DamagedRecord } from '../../model/store-errors.js';
import { isReplyError } from '../../redis/redis-errors.js';

/**
 * Reading an id that is not UTF-8 gives another id, under which no job is stored.
 * @throws DamagedRecord
 */
export function expectReadable(id: string): void {
  if (id.includes('\ufffd')) throw new DamagedRecord('its id is not UTF-8');
}

/**
 * The value of a field that is JSON; undefined where the field is missing. @throws DamagedRecord
 */
export function parsed<T>(
  field: string,
  json: string | undefined,
  isRight: (value: unknown) => value is T,
): T | undefined {
  if (json === undefined || json === '{}') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new DamagedRecord(`its field ${field} is not JSON`);
  }
  if (!isRight(value)) throw new DamagedRecord(`its field ${field} does not have the right form`);
  return value;
}

/** The result of `read`; undefined where the record is damaged. */
export function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedRecord) return undefined;
    throw error;
  }
}

/** The options of a job. Lua, and so BullMQ, writes an empty array of names as an object. */
export function optionsOf(json: string | undefined): StoredJobOptions | undefined {
  const options = parsed('opts', json, isOptions);
  if (options?.quotas !== undefined && !Array.isArray(options.quotas)) delete options.quotas;
  if (options?.rateLimits !== undefined && !Array.isArray(options.rateLimits))
    delete options.rateLimits;
  return options;
}

export function isObject<T extends object>(value: unknown): value is T {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

export function isFailure(value: unknown): value is FailureData {
  return (
    isObject<Partial<FailureData>>(value) &&
    typeof value.name === 'string' &&
    typeof value.message === 'string'
  );
}

export function isManifest(value: unknown): value is Manifest {
  if (!isObject<Partial<Manifest>>(value)) return false;
  return isNames(value.jobs) && Number.isInteger(value.chunks) && isOptional(value.then, 'string');
}

/** A manifest from its JSON. @throws DamagedRecord */
export function parseManifest(json: string): Manifest {
  return parsed('manifest', json, isManifest) ?? { jobs: [], chunks: 0 };
}

/** Other options are not looked at, such as BullMQ's own. */
function isOptions(value: unknown): value is StoredJobOptions {
  if (!isObject<StoredJobOptions>(value)) return false;
  const {
    retryPolicy,
    failureLogLevel,
    lane,
    beginAfter,
    beginBy,
    timeout,
    quotas,
    rateLimits,
    priority,
    meta,
  } = value;
  return (
    [retryPolicy, failureLogLevel, lane].every((option) => isOptional(option, 'string')) &&
    [beginAfter, beginBy, timeout, priority].every((option) => isOptional(option, 'number')) &&
    [quotas, rateLimits].every((of) => of === undefined || isNames(of) || isEmpty(of)) &&
    (meta === undefined || isObject(meta))
  );
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function isOptional(value: unknown, type: 'string' | 'number'): boolean {
  return value === undefined || typeof value === type;
}

/** Whether the failure of a job stops its parent (C2), by the job's field `parent`. */
export function stopsItsParent(parent: string | null | undefined): boolean {
  return parent?.includes('"stops":true') ?? false;
}

/** Errors of the server itself, also from within a script: the record may be sound. */
const OF_THE_SERVER = new RegExp(
  '\\b(BUSY|CLUSTERDOWN|EXECABORT|LOADING|MASTERDOWN|MISCONF|NOAUTH|NOPERM|NOREPLICAS|NOSCRIPT|' +
    'OOM|READONLY|TRYAGAIN|UNKILLABLE|max number of clients|Script killed by user|' +
    'user executing the script)\\b',
);

/** The user of the connection may not use a key: a record names one outside the prefix. */
const KEY_OUTSIDE = /user executing the script can't access at least one of the keys/;

/**
 * Whether a script failed on a record, and would fail again: on a key of another type, a field that
 * is not JSON, or a key outside the prefix.
 */
export function isAboutRecord(error: unknown): error is Error {
  if (error instanceof DamagedRecord) return isAboutRecord(error.cause);
  const message = isReplyError(error) ? propertyOf(error, 'message') : undefined;
  if (typeof message !== 'string') return false;
  if (KEY_OUTSIDE.test(message)) return true;
  return (
    message.startsWith('WRONGTYPE') ||
    (/\b(user_)?script\b/i.test(message) && !OF_THE_SERVER.test(message))
  );
}
