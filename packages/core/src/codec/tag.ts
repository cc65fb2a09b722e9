// The tag with which the codec marks a value that JSON does not have:
// `{ "$drover": kind, "value": … }`.

export const TAG = '$drover';

/** Deeper values are refused: reading them would overflow the stack. */
export const MAX_DEPTH = 500;

/**
 * The kinds of values that are not objects, and of the tree itself. Others are names of classes.
 */
export const Tag = {
  Undefined: 'undefined',
  /** NaN, Infinity, -Infinity, -0. */
  Number: 'number',
  BigInt: 'bigint',
  /** A plain object that itself has the key of the tag. */
  Object: 'object',
  /** A value in which objects are repeated: they are numbered in the order of the writer. */
  Graph: 'graph',
  /** The object of that number, again. */
  Repeated: 'ref',
  /** A job that was put: `job` has its place. */
  Job: 'job',
  /** A job that was never put: `job` has all of it. */
  NewJob: 'newJob',
  /** A new job that is stored whole elsewhere in the same new job: `job` has its id. */
  NearJob: 'nearJob',
  /** An instance of a class with a codec of the user: `codec` has the codec's name. */
  Codec: 'codec',
} as const;

export function tagged(kind: string, value: unknown): Record<string, unknown> {
  return { [TAG]: kind, value };
}
