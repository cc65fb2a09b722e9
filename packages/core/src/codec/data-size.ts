// Bounds the size of the arguments and of the result of a job: Redis holds them in memory, and
// every claim reads them.
import { DataTooLargeError } from '../errors.js';
import { checkWhole } from '../lib/whole-number.js';
import { Failure } from './failure.js';

/** 5 MiB. */
const DEFAULT_MAX_DATA_BYTES = 5 * 1024 * 1024;
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const MAX_BYTES = 3;
/** How much is kept of a failure that is too large as a whole, in characters. */
const KEPT_MESSAGE = 1_000;
const KEPT_STACK = 10_000;

/**
 * Returns `json`.
 * @param what names the text in the error, such as `the result of job 7`
 * @throws DataTooLargeError
 */
export function withinSize(json: string, limit: number, what: () => string): string {
  if (isWithin(json, limit)) return json;
  const size = Buffer.byteLength(json);
  const [bytes, most] = [size.toLocaleString('en'), limit.toLocaleString('en')];
  const message = `${what()}: ${bytes} bytes as JSON are more than maxDataBytes, which is ${most}`;
  throw new DataTooLargeError(message, size, limit);
}

/** The JSON of the arguments of `job`. @throws DataTooLargeError */
export function argsWithin(json: string, limit: number | undefined, job: object): string {
  return withinSize(json, limit ?? DEFAULT_MAX_DATA_BYTES, () => `the arguments of ${String(job)}`);
}

/**
 * The failure, or its most important fields where the whole is too large: a failure is stored in
 * any case. Throws nothing.
 */
export function failureWithin(failure: Failure, limit: number): Failure {
  if (isFailureWithin(failure, limit)) return failure;
  const { name, message, stack, code } = failure;
  return Failure.fromJSON({
    name,
    message: message.slice(0, KEPT_MESSAGE),
    ...(stack !== undefined && { stack: stack.slice(0, KEPT_STACK) }),
    ...(code !== undefined && { code: code.slice(0, KEPT_MESSAGE) }),
  });
}

function isFailureWithin(failure: Failure, limit: number): boolean {
  try {
    return isWithin(JSON.stringify(failure), limit);
  } catch {
    // Its JSON would be longer than a string can be, or its fields together are nested too deep.
    return false;
  }
}

function isWithin(json: string, limit: number): boolean {
  return json.length * MAX_BYTES <= limit || Buffer.byteLength(json) <= limit;
}

/** The option `maxDataBytes`, checked. @throws InvalidArgumentError */
export function toMaxDataBytes(option: number = DEFAULT_MAX_DATA_BYTES): number {
  checkWhole('maxDataBytes', option, { from: 1, of: 'bytes' });
  return option;
}
