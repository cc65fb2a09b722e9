// The classes that Drover itself can store, by name: how an instance is written, and made again.
import { types } from 'node:util';
import { classNameOf, isError } from '../lib/careful.js';
import type { ErrorRoom } from './failure-data.js';
import { extraKey } from './own-keys.js';

/** Writes an item of a container. `at`: how it is reached, such as `.get("k")`. */
export type WriteItem = (item: unknown, at: () => string) => unknown;
export type ReadItem = (tree: unknown) => unknown;

/** How the instances of one class are stored. */
export interface Kind<T extends object = object> {
  /** Whether `value` is of this kind: another class may have the same name. */
  is(value: object): boolean;
  /** @param room that of the error in whose field the value stands */
  write(value: T, writeItem: WriteItem, room?: ErrorRoom): unknown;
  /** Makes an instance of the written data; throws any error where that is damaged. */
  make(data: never): T;
  /** A property that `write` would lose. Default: any own property. */
  extra?(value: T): PropertyKey | undefined;
  /** Adds the items of a container, which may refer to the container itself. */
  fill?(made: T, data: never, readItem: ReadItem): void;
}

const kinds = new Map<string, Kind>();

/** Defines a kind. */
export function addKind<T extends object>(name: string, kind: Kind<T>): void {
  kinds.set(name, kind as Kind<object>);
}

export function kindNamed(name: unknown): Kind | undefined {
  return kinds.get(name as string);
}

/**
 * The name of the kind of `value`. An instance of a subclass has no kind, since it would come back
 * as another class; only errors may be of any class.
 */
export function kindNameOf(value: object): string | undefined {
  const name = classNameOf(value);
  if (name !== undefined && kinds.get(name)?.is(value)) return name;
  return isError(value) ? 'Error' : undefined;
}

addKind<Date>('Date', {
  is: types.isDate,
  // An invalid Date has no ISO text.
  write: (date) => (Number.isNaN(date.getTime()) ? null : date.toISOString()),
  make: (iso: string | null) => {
    const date = new Date(iso ?? NaN);
    // An invalid Date is stored as null: any other text is damaged.
    if (iso !== null && Number.isNaN(date.getTime())) throw new RangeError('no date');
    return date;
  },
});

addKind<RegExp>('RegExp', {
  is: types.isRegExp,
  extra: (pattern) => extraKey(pattern, 'lastIndex'),
  write: ({ source, flags }) => [source, flags],
  make: ([source, flags]: [string, string]) => new RegExp(source, flags),
});

addKind<URL>('URL', {
  is: (value) => Object.prototype.toString.call(value) === '[object URL]',
  write: ({ href }) => href,
  make: (href: string) => new URL(href),
});

addKind<Map<unknown, unknown>>('Map', {
  is: types.isMap,
  write: (map, writeItem) =>
    Array.from(map, ([key, item], i) => [
      writeItem(key, () => `.keys()[${i}]`),
      writeItem(item, () => `.get(${keyText(key, i)})`),
    ]),
  make: () => new Map(),
  fill: (map, entries: [unknown, unknown][], read) => {
    for (const [key, item] of entries) map.set(read(key), read(item));
  },
});

addKind<Set<unknown>>('Set', {
  is: types.isSet,
  write: (set, writeItem) => Array.from(set, (item, i) => writeItem(item, () => `.values()[${i}]`)),
  make: () => new Set(),
  fill: (set, items: unknown[], read) => {
    for (const item of items) set.add(read(item));
  },
});

function keyText(key: unknown, i: number): string {
  if (typeof key === 'string') return JSON.stringify(key.slice(0, 40));
  return typeof key === 'object' || typeof key === 'symbol' || typeof key === 'function'
    ? `…${i}`
    : String(key);
}
