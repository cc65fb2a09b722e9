// Bounds of values that take long to read: a larger value would block the event loop of each
// process that reads it (J4).

/**
 * The decimal digits of a bigint. So many take half a millisecond to read; five million take two
 * seconds.
 */
export const MAX_DIGITS = 10_000;
/**
 * The characters of the sources of all RegExps in one value. A million characters of Unicode
 * classes take seven seconds, in one RegExp or in many.
 */
export const MAX_PATTERNS = 50_000;

const BEYOND = 10n ** BigInt(MAX_DIGITS);
const STORED_BIGINT = new RegExp(`^-?\\d{1,${MAX_DIGITS}}$`);

export function isBigIntWithin(value: bigint): boolean {
  return value < BEYOND && value > -BEYOND;
}

/** Whether `text` is a stored bigint within the bound. */
export function isStoredBigInt(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_DIGITS + 1 && STORED_BIGINT.test(text);
}

/** How much of `MAX_PATTERNS` a written value of this kind takes. */
export function patternLength(kind: unknown, written: unknown): number {
  if (kind !== 'RegExp' || !Array.isArray(written)) return 0;
  const source: unknown = written[0];
  return typeof source === 'string' ? source.length : 0;
}
