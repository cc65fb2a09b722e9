// The classes that have a codec of Drover's own, by name: what is written of each, and how it is
// made again.
import { types } from 'node:util';
import { classNameOf, isError } from '../lib/careful.js';
import { extraKey } from './own-keys.js';

/** Writes an item of a container. `at`: how it is reached, such as `.get("k")`. */
export type WriteItem = (item: unknown, at: () => string) => unknown;
export type ReadItem = (tree: unknown) => unknown;

/** How the instances of one class are stored. */
export interface Kind<T extends object = object> {
  /** Whether it is one: a class of that name may be another. */
  is(value: object): boolean;
  write(value: T, writeItem: WriteItem): unknown;
  /** Makes it of what was written; throws anything where that is damaged. */
  make(data: never): T;
  /** A property that it has beside what is written of it. Default: any own one. */
  extra?(value: T): PropertyKey | undefined;
  /** Puts in what may refer to the container itself. */
  fill?(made: T, data: never, readItem: ReadItem): void;
}

const kinds = new Map<string, Kind>();

/** Defines a kind. One that others look like by inheritance too is looked for with `is` alone. */
export function addKind<T extends object>(name: string, kind: Kind<T>): void {
  kinds.set(name, kind as Kind<object>);
}

export function kindNamed(name: unknown): Kind | undefined {
  return kinds.get(name as string);
}

/**
 * The name of the kind of `value`. Subclasses have none of their own: they would come back as
 * something else.
 */
export function kindNameOf(value: object): string | undefined {
  const name = classNameOf(value);
  if (name !== undefined && kinds.get(name)?.is(value)) return name;
  return isError(value) ? 'Error' : undefined;
}

addKind<Date>('Date', {
  is: types.isDate,
  // A Date that is not valid has no text.
  write: (date) => (Number.isNaN(date.getTime()) ? null : date.toISOString()),
  make: (iso: string | null) => {
    const date = new Date(iso ?? NaN);
    // One that is out of range was never stored so.
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
