// Finds properties of a value that would be lost when it is stored: such a value is refused (J4).
import { isDeepStrictEqual } from 'node:util';

/** The first own property of an instance that is not among the `known` ones, which are stored. */
export function extraKey(value: object, ...known: readonly string[]): PropertyKey | undefined {
  return Reflect.ownKeys(value).find(
    (key) => !known.includes(key as string) && isOfValue(value, key),
  );
}

/** The first property of a plain object that is not enumerable. */
export function hiddenKey(value: object): string | undefined {
  if (!hasHidden(value)) return undefined;
  return Object.getOwnPropertyNames(value).find((key) => !isEnumerable(value, key));
}

/** Whether there is a `hiddenKey`: much faster where there is none. */
export function hasHidden(value: object): boolean {
  return Object.getOwnPropertyNames(value).length !== Object.keys(value).length;
}

/** A property of an array that is not an item, such as those that `String.match` adds. */
export function keyBesideItems(value: readonly unknown[]): PropertyKey | undefined {
  const symbol = symbolKey(value);
  if (symbol !== undefined) return symbol;
  // Items come first, in their order.
  const last = Object.keys(value).at(-1);
  return last === undefined || isIndexBelow(last, value.length) ? undefined : last;
}

/**
 * A property of a typed array that is not an item. `bare` holds the same bytes and nothing else:
 * the two are compared at once, since each of millions of bytes is a key.
 */
export function keyBesideBytes(value: Uint8Array, bare: object): PropertyKey | undefined {
  Object.setPrototypeOf(bare, Object.getPrototypeOf(value) as object);
  if (isDeepStrictEqual(value, bare)) return undefined;
  return symbolKey(value) ?? Object.keys(value).at(-1);
}

/**
 * The first enumerable property under a symbol. One that is not enumerable belongs to the library
 * that set it, and is not part of the value.
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
