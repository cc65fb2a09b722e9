// The result of a job as it was read: a value, or a failure.
import { decode } from '../codec/codec.js';
import { Failure } from '../codec/failure.js';
import type { ReviveJob } from '../codec/stored-jobs.js';
import type { StoredResult } from './records.js';

export function readResult(stored: StoredResult, revive: ReviveJob): unknown {
  return 'failure' in stored ? Failure.fromJSON(stored.failure) : decode(stored.value, revive);
}

/** The value; a failure is thrown as an Error. */
export function valueOrThrow(result: unknown): unknown {
  if (result instanceof Failure) throw result.toError();
  return result;
}
