// The key that marks what the codec wrote in place of a value that JSON does not have: `{
// "$drover": kind, "value": … }`.

export const TAG = '$drover';

/** Deeper values are refused: reading them would overflow somebody's stack. */
export const MAX_DEPTH = 500;

/**
 * Kinds that are no objects, or that say something of the tree itself. All others are classes, by
 * name.
 */
export const Tag = {
  Undefined: 'undefined',
  /** NaN, Infinity, -Infinity, -0. */
  Number: 'number',
  BigInt: 'bigint',
  /** A plain object that owns the key of the tag itself. */
  Object: 'object',
  /**
   * A value in which objects are repeated: its objects are numbered, in the order in which they are
   * met.
   */
  Graph: 'graph',
  /** The object of that number, again. */
  Repeated: 'ref',
  /** A job that was put, by its place, which stands under `job`. */
  Job: 'job',
  /** A job that was never put; all of it stands under `job`. */
  NewJob: 'newJob',
  /** A new job that stands whole elsewhere in the new job around it; its id stands under `job`. */
  NearJob: 'nearJob',
  /** An instance of a class with a codec of the user's: `codec` has its name. */
  Codec: 'codec',
} as const;

export function tagged(kind: string, value: unknown): Record<string, unknown> {
  return { [TAG]: kind, value };
}
