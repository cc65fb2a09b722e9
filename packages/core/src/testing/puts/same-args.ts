// Compares the arguments of a job with expected ones.
import { isDeepStrictEqual } from 'node:util';
import { Job } from '../../job/job.js';

/** An expectation of Jest, Vitest or Jasmine, such as `expect.any(String)`. */
interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean;
}

/** Deeply equal, with expectations such as `expect.any(String)` anywhere; jobs by their ids. */
export function isSame(found: unknown, expected: unknown): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(found);
  if (expected instanceof Job) return found instanceof Job && found.id === expected.id;
  if (Array.isArray(expected))
    return (
      Array.isArray(found) &&
      found.length === expected.length &&
      expected.every((item, i) => isSame(found[i], item))
    );
  if (!isRecord(expected) || !isRecord(found)) return isDeepStrictEqual(found, expected);
  const keys = Object.keys(expected);
  return (
    keys.length === Object.keys(found).length &&
    keys.every((key) => Object.hasOwn(found, key) && isSame(found[key], expected[key]))
  );
}

function isMatcher(value: unknown): value is AsymmetricMatcher {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<AsymmetricMatcher>).asymmetricMatch === 'function'
  );
}

/** An object literal, of whichever realm. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (Object.prototype.toString.call(value) !== '[object Object]') return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
