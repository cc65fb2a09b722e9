// Whether a value is plain JSON, which is stored as it is: looked through once, without building
// anything.
import { hasHidden, keyBesideItems } from './own-keys.js';
import { MAX_DEPTH, TAG } from './tag.js';

/**
 * Values of more objects count as not plain: they are written with care, to the same text. Where
 * objects are repeated within repeated objects, a few of them would otherwise be written out as
 * billions.
 */
const MANY = 100_000;
let visited = 0;

/**
 * False also where the value is too deep, or cyclic, or cannot be read: then the writer says where.
 */
export function isPlain(value: unknown): boolean {
  visited = 0;
  try {
    return isPlainAt(value, 0);
  } catch {
    return false;
  }
}

function isPlainAt(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isPlainNumber(value);
    case 'object':
      return value === null || isPlainObjectAt(value, depth);
    default:
      return false;
  }
}

function isPlainObjectAt(value: object, depth: number): boolean {
  if (depth > MAX_DEPTH || ++visited > MANY) return false;
  if (Array.isArray(value)) {
    if (!isPlainArray(value)) return false;
    for (let i = 0; i < value.length; i++) if (!isPlainAt(value[i], depth + 1)) return false;
    return keyBesideItems(value) === undefined;
  }
  if (!isPlainObject(value) || Object.getOwnPropertySymbols(value).length > 0 || hasHidden(value))
    return false;
  for (const key of Object.keys(value)) {
    if (key === TAG || !isPlainAt((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}

/** JSON has neither NaN nor the infinities, and no sign of zero. */
export function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && (value !== 0 || 1 / value > 0);
}

/**
 * Also one of another realm, as under jest and in `node:vm`: its prototype is the last one,
 * whichever that is.
 */
export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return (
    prototype === null ||
    prototype === Object.prototype ||
    Object.getPrototypeOf(prototype) === null
  );
}

/** Not of a class that extends Array. */
export function isPlainArray(value: readonly unknown[]): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === Array.prototype || (prototype !== null && isPlainObject(prototype));
}
