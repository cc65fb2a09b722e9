// Bounds of what takes long to make again: a value beyond them would block the event loop of each
// process that reads it (J4).

/**
 * A bigint of so many decimal digits takes half a millisecond; one of five million takes two
 * seconds, since the time grows faster than the digits.
 */
export const MAX_DIGITS = 10_000;
/**
 * How long the sources of all RegExps in one value may be together. A million characters of Unicode
 * classes take seven seconds, in one RegExp or in many.
 */
export const MAX_PATTERNS = 50_000;

const BEYOND = 10n ** BigInt(MAX_DIGITS);
const STORED_BIGINT = new RegExp(`^-?\\d{1,${MAX_DIGITS}}$`);

export function isBigIntWithin(value: bigint): boolean {
  return value < BEYOND && value > -BEYOND;
}

/** Whether it is the text of a bigint that may be stored. */
export function isStoredBigInt(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_DIGITS + 1 && STORED_BIGINT.test(text);
}

/** How much of `MAX_PATTERNS` what is written of a kind takes. */
export function patternLength(kind: unknown, written: unknown): number {
  if (kind !== 'RegExp' || !Array.isArray(written)) return 0;
  const source: unknown = written[0];
  return typeof source === 'string' ? source.length : 0;
}
