// Reads values of the user that may throw when they are read: a getter that throws, a revoked
// Proxy, a `toString` of its own. No function here throws. A throw while a failure is stored would
// be taken for an outcome of the run that was never decided (J3).
import { types } from 'node:util';

/** Stands for a property whose getter throws. */
export const UNREADABLE: unique symbol = Symbol('unreadable');

/** The property `key` of anything, or UNREADABLE. */
export function propertyOf(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key];
  } catch {
    return UNREADABLE;
  }
}

/** As `instanceof`; false for a revoked Proxy, on which that throws. */
export function isInstance<T>(value: unknown, { prototype }: { prototype: T }): value is T {
  try {
    return Object.prototype.isPrototypeOf.call(prototype as object, value as object);
  } catch {
    return false;
  }
}

/** Whether `value` is an error, also one of another realm, as under jest and in `node:vm`. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || isInstance(value, Error) || isDomException(value);
}

/** An aborted `fetch` throws a DOMException. In another realm it is no native error. */
function isDomException(value: unknown): boolean {
  try {
    return Object.prototype.toString.call(value) === '[object DOMException]';
  } catch {
    return false;
  }
}

/** Whether `await value` would call its `then`. @throws what a getter of it throws */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' && typeof value !== 'function') return false;
  return typeof (value as Partial<PromiseLike<unknown>> | null)?.then === 'function';
}

/** As `Array.isArray`; false for a revoked Proxy, on which that throws. */
export function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** As `Object.keys`; no keys where that throws. */
export function keysOf(value: object): string[] {
  try {
    return Object.keys(value);
  } catch {
    return [];
  }
}

/** How far up the classes of a value are followed: a Proxy may report any number of prototypes. */
const MAX_PROTOTYPES = 100;

/**
 * The names of the class of `value` and of the classes above it; an empty text for a class without
 * a name. Names also serve for the classes of another realm, or of another copy of a package.
 */
export function classNamesOf(value: object): string[] {
  const names: string[] = [];
  try {
    let at: unknown = Object.getPrototypeOf(value);
    for (let i = 0; at && i < MAX_PROTOTYPES; i++, at = Object.getPrototypeOf(at)) {
      if (!Object.hasOwn(at, 'constructor')) continue;
      const name = propertyOf(propertyOf(at, 'constructor'), 'name');
      names.push(typeof name === 'string' ? name : '');
    }
  } catch {
    // A Proxy that refuses to name its prototype.
  }
  return names;
}

/** The name of the class of `value`; undefined where that has none. */
export function classNameOf(value: object): string | undefined {
  return classNamesOf(value)[0] || undefined;
}

/** As `Object.hasOwn`; false where that throws. */
export function hasOwn(value: object, key: string): boolean {
  try {
    return Object.hasOwn(value, key);
  } catch {
    return false;
  }
}

/** Larger bigints are not shown: the text of a million digits takes a quarter of a second. */
const MAX_SHOWN = 10n ** 1_000n;

/** `String(value)`, cut after `most` characters; undefined where that throws. */
export function textOf(value: unknown, most: number): string | undefined {
  if (typeof value === 'bigint' && (value > MAX_SHOWN || value < -MAX_SHOWN))
    return 'a large bigint';
  try {
    return cut(typeof value === 'string' ? value : String(value), most);
  } catch {
    return undefined;
  }
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
