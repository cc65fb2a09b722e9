// What a call is given, and what it may do with that (B2).
import { inspect } from 'node:util';
import { shapeOf } from '../shape.js';

/** Of any type: that is the point. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Any = any;

export interface Given {
  name: Any;
  value: Any;
  options: Any;
}

/** Calls by their names. */
export type Calls = Record<string, (given: Given) => unknown>;

/** A call that accepts its arguments must return the same value. */
export const same = (what: string, got: unknown, expected: unknown): void => {
  if (shapeOf(got) !== shapeOf(expected))
    throw new Error(
      `${what} came back changed: ${inspect(got).slice(0, 200)}, not ${inspect(expected).slice(0, 200)}`,
    );
};

export const asKey = (name: unknown): string => (typeof name === 'string' ? name : 'a');

const PLACES = new Set(['connection', 'prefix', 'logger', 'uuid']);

export function withoutPlace(options: Any): Any {
  if (typeof options !== 'object' || options === null) return {};
  try {
    return Object.fromEntries(
      Object.entries(options as object).filter(([name]) => !PLACES.has(name)),
    );
  } catch {
    return {};
  }
}
