// Properties that a value has beside what is stored of it: they would be lost without a word (J4).
import { isDeepStrictEqual } from 'node:util';

/**
 * Only what a class stores of its instances comes back: gives the first property that one has
 * beside that.
 */
export function extraKey(value: object, ...known: readonly string[]): PropertyKey | undefined {
  return Reflect.ownKeys(value).find(
    (key) => !known.includes(key as string) && isOfValue(value, key),
  );
}

/** Of a plain object: a property that is not enumerable. */
export function hiddenKey(value: object): string | undefined {
  if (!hasHidden(value)) return undefined;
  return Object.getOwnPropertyNames(value).find((key) => !isEnumerable(value, key));
}

/** As `hiddenKey`, and much faster where there is none. */
export function hasHidden(value: object): boolean {
  return Object.getOwnPropertyNames(value).length !== Object.keys(value).length;
}

/** Of an array: a property beside its items, such as those that `String.match` adds. */
export function keyBesideItems(value: readonly unknown[]): PropertyKey | undefined {
  const symbol = symbolKey(value);
  if (symbol !== undefined) return symbol;
  // Items come first, in their order.
  const last = Object.keys(value).at(-1);
  return last === undefined || isIndexBelow(last, value.length) ? undefined : last;
}

/**
 * As `extraKey`, of a typed array. Its bytes are compared at once, since millions of indices would
 * be its keys.
 */
export function keyBesideBytes(value: Uint8Array, bare: object): PropertyKey | undefined {
  Object.setPrototypeOf(bare, Object.getPrototypeOf(value) as object);
  if (isDeepStrictEqual(value, bare)) return undefined;
  return symbolKey(value) ?? Object.keys(value).at(-1);
}

/**
 * A property under a symbol that is not enumerable belongs to the library that set it, and is no
 * part of the value.
 */
export function symbolKey(value: object): symbol | undefined {
  return Object.getOwnPropertySymbols(value).find((key) => isEnumerable(value, key));
}

function isOfValue(value: object, key: PropertyKey): boolean {
  return typeof key === 'string' || isEnumerable(value, key);
}

function isEnumerable(value: object, key: PropertyKey): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, key);
}

function isIndexBelow(key: string, length: number): boolean {
  const index = Number(key);
  return Number.isInteger(index) && index >= 0 && index < length && String(index) === key;
}
