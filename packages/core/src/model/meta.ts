// `meta`: small JSON of the producer's, such as a tenant or a trace context, that goes with a job
// (J11). A job without any has that of the job that it belongs to.
import { isPlain, isPlainObject } from '../codec/plain.js';
import { InvalidArgumentError } from '../errors.js';
import { describeValue } from '../lib/describe-value.js';

/** Plain JSON by name: strings, finite numbers, booleans, null, and arrays and objects of these. */
export type JobMeta = Readonly<Record<string, unknown>>;

/** Bytes of JSON. It is stored with each job that belongs to the job, or once for many. */
const MOST_BYTES = 2_048;

/** The `meta` of a job that has none. */
export const NO_META: JobMeta = Object.freeze({});

/**
 * A copy of `meta`, as it will be stored.
 * @throws InvalidArgumentError, which names the value that is no plain JSON, or the size
 */
export function toStoredMeta(meta: unknown): JobMeta {
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta) || !isPlainObject(meta))
    throw new InvalidArgumentError("meta must be a plain object: { tenant: 'a' }");
  const odd = Object.entries(meta).find(([, value]) => !isPlain(value));
  if (odd)
    throw new InvalidArgumentError(
      `meta must be plain JSON, but its value ${describeValue(odd[0])} is not: give strings, ` +
        'finite numbers, booleans, null, and arrays and objects of these',
    );
  if (!isPlain(meta))
    throw new InvalidArgumentError('meta must be plain JSON: one of its names is not');
  const json = JSON.stringify(meta);
  const size = Buffer.byteLength(json);
  if (size > MOST_BYTES)
    throw new InvalidArgumentError(
      `meta is ${size} bytes of JSON, and ${MOST_BYTES} are the most: put what is larger into ` +
        'the arguments',
    );
  return JSON.parse(json) as JobMeta;
}
