// Tells whether a value is plain JSON, which is stored as it is. One look through the value
// suffices, and builds nothing.
import { hasHidden, keyBesideItems } from './own-keys.js';
import { MAX_DEPTH, TAG } from './tag.js';

/**
 * Values of more objects are left to the writer, which makes the same JSON. A few objects, repeated
 * within repeated objects, could otherwise be written out as billions.
 */
const MAX_OBJECTS = 100_000;

/** How many objects one look has visited. */
type Visited = { objects: number };

/** False also where the value is too deep, cyclic or unreadable: then the writer says where. */
export function isPlain(value: unknown): boolean {
  try {
    return isPlainAt(value, 0, { objects: 0 });
  } catch {
    return false;
  }
}

function isPlainAt(value: unknown, depth: number, visited: Visited): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isPlainNumber(value);
    case 'object':
      return value === null || isPlainObjectAt(value, depth, visited);
    default:
      return false;
  }
}

function isPlainObjectAt(value: object, depth: number, visited: Visited): boolean {
  if (depth > MAX_DEPTH || ++visited.objects > MAX_OBJECTS) return false;
  if (Array.isArray(value)) {
    if (!isPlainArray(value)) return false;
    for (let i = 0; i < value.length; i++)
      if (!isPlainAt(value[i], depth + 1, visited)) return false;
    return keyBesideItems(value) === undefined;
  }
  if (!isPlainObject(value) || Object.getOwnPropertySymbols(value).length > 0 || hasHidden(value))
    return false;
  for (const key of Object.keys(value)) {
    if (key === TAG || !isPlainAt((value as Record<string, unknown>)[key], depth + 1, visited))
      return false;
  }
  return true;
}

/** JSON has no NaN, no infinities and no -0. */
export function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && (value !== 0 || 1 / value > 0);
}

/**
 * Whether it is a plain object, also of another realm, as under jest and in `node:vm`: nothing is
 * above its prototype.
 */
export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return (
    prototype === null ||
    prototype === Object.prototype ||
    Object.getPrototypeOf(prototype) === null
  );
}

/** Whether it is an Array itself, and not of a class that extends Array. */
export function isPlainArray(value: readonly unknown[]): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === Array.prototype || (prototype !== null && isPlainObject(prototype));
}
