// `meta`: small JSON of the producer's, such as a tenant, that goes with a job (J11). A job without
// any has that of the job that it belongs to. The trace context of a put is stored in it too, under
// a name of Drover's: every job has that of the job that it belongs to, unless it has another one.
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
 * The name of the trace context of a job in its `meta`: a `traceparent` of W3C Trace Context. It is
 * stored before all other names, where scripts look for it (lua/lib/record/meta.lua).
 */
export const TRACEPARENT = 'drover.traceparent';
const TRACEPARENT_FORM = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

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
  const { [TRACEPARENT]: traceparent, ...own } = meta as JobMeta;
  const json = JSON.stringify(own);
  const size = Buffer.byteLength(json);
  if (size > MOST_BYTES)
    throw new InvalidArgumentError(
      `meta is ${size} bytes of JSON, and ${MOST_BYTES} are the most: put what is larger into ` +
        'the arguments',
    );
  return withTraceparent(JSON.parse(json) as JobMeta, toTraceparent(traceparent));
}

/** The trace context in `meta`; undefined where there is none, or something else in its place. */
export function traceparentIn(meta: JobMeta | undefined): string | undefined {
  const found = meta?.[TRACEPARENT];
  return typeof found === 'string' && TRACEPARENT_FORM.test(found) ? found : undefined;
}

/** `meta` with a trace context, unless it has one. */
export function withTraceparent(meta: JobMeta, traceparent: string | undefined): JobMeta {
  if (traceparent === undefined || meta[TRACEPARENT] !== undefined) return meta;
  return { [TRACEPARENT]: traceparent, ...meta };
}

/** Both together: a name of `over` counts before one of `meta`. */
export function mergedMeta(meta: JobMeta | undefined, over: JobMeta | undefined): JobMeta {
  const all = { ...meta, ...over };
  return withTraceparent(shownMeta(all), traceparentIn(all));
}

/**
 * The `meta` of a job that belongs to one with `outer`: its own, else that. The trace context is
 * inherited by itself.
 */
export function inheritedMeta(
  own: JobMeta | undefined,
  outer: JobMeta | undefined,
): JobMeta | undefined {
  return own && outer ? withTraceparent(own, traceparentIn(outer)) : (own ?? outer);
}

/** `meta` as users see it: without the trace context. */
export function shownMeta(meta: JobMeta | undefined): JobMeta {
  if (meta?.[TRACEPARENT] === undefined) return meta ?? NO_META;
  const { [TRACEPARENT]: _, ...own } = meta;
  return own;
}

/** @throws InvalidArgumentError */
function toTraceparent(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  const traceparent = traceparentIn({ [TRACEPARENT]: given });
  if (traceparent !== undefined) return traceparent;
  throw new InvalidArgumentError(
    `${TRACEPARENT} in meta must be a traceparent of W3C Trace Context, but it is ` +
      `${describeValue(given)}: leave it to enableTracing of @drover/monitor`,
  );
}
