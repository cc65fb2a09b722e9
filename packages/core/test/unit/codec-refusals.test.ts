// Values that cannot be stored are refused, and the error names their path (J4).
import { encode } from '../../src/codec/codec.js';
import { SerializationError } from '../../src/errors.js';
import '../../src/codec/failure.js';

class Account {
  balance = 1;
}

function refusalOf(value: unknown, root = 'args'): SerializationError {
  try {
    encode(value, root);
  } catch (error) {
    expect(error).toBeInstanceOf(SerializationError);
    return error as SerializationError;
  }
  throw new Error('it was not refused');
}

const refused: [string, unknown, string, RegExp][] = [
  ['a function in an argument', [1, { onDone: () => {} }], 'args[1].onDone', /is a function/],
  ['a function itself', [() => {}], 'args[0]', /is a function/],
  ['a class', [Account], 'args[0]', /is a function/],
  ['a symbol', [{ tag: Symbol('s') }], 'args[0].tag', /is a symbol/],
  ['a class instance', [{ owner: new Account() }], 'args[0].owner', /is a Account/],
  ['an instance of a nameless class', [new (class {})()], 'args[0]', /class instance/],
  ['a promise', [Promise.resolve(1)], 'args[0]', /is a Promise/],
  ['a boxed number', [Object(1)], 'args[0]', /is a Number/],
  ['the second of two wrong things', [1, Symbol.iterator, () => {}], 'args[1]', /is a symbol/],
  ['a function beside an undefined', [undefined, { f: () => {} }], 'args[1].f', /is a function/],
  [
    'a value in a Map',
    [{ map: new Map([['k', () => {}]]) }],
    'args[0].map.get("k")',
    /is a function/,
  ],
  [
    'a value in a Map under a number',
    [new Map([[7, () => {}]])],
    'args[0].get(7)',
    /is a function/,
  ],
  [
    'a value in a Map under an object',
    [new Map([[{}, [() => {}]]])],
    'args[0].get(…0)[0]',
    /is a function/,
  ],
  [
    'a key of a Map',
    [
      new Map<unknown, unknown>([
        [1, 2],
        [() => {}, 2],
      ]),
    ],
    'args[0].keys()[1]',
    /is a function/,
  ],
  ['a value in a Set', [new Set([1, () => {}])], 'args[0].values()[1]', /is a function/],
  [
    'a symbol below keys that are no identifiers',
    [{ 'a b': { '0': Symbol('s') } }],
    'args[0]["a b"]["0"]',
    /is a symbol/,
  ],
  [
    'a hole in an array',
    [[1, , 3]],
    'args[0]',
    /has a hole at 1, which cannot be stored: give it undefined or null/,
  ],
  ['an array of holes', [{ list: new Array(3) }], 'args[0].list', /has a hole at 0/],
  [
    'an array of four thousand million holes',
    [Object.assign([1], { length: 2 ** 32 - 1 })],
    'args[0]',
    /has a hole at 1/,
  ],
  [
    'the result of String.match',
    ['05-06'.match(/(?<month>\d+)/)],
    'args[0].groups',
    /is a property that the array has beside/,
  ],
  [
    'an array with a total',
    [Object.assign([1, { a: new Date(0) }], { total: 3 })],
    'args[0].total',
    /beside its items/,
  ],
  [
    'an array with a negative index',
    [Object.assign([1], { '-1': 3 })],
    'args[0]["-1"]',
    /beside its items/,
  ],
  [
    'an array with a symbol',
    [Object.assign([1], { [Symbol('s')]: 3 })],
    'args[0][Symbol(s)]',
    /beside its items/,
  ],
  [
    'a Map with an own property',
    [{ map: Object.assign(new Map(), { total: 3 }) }],
    'args[0].map.total',
    /that the Map has beside/,
  ],
  [
    'a Set with an own property',
    [Object.assign(new Set(), { of: 'x' })],
    'args[0].of',
    /that the Set has beside what it is/,
  ],
  [
    'a Date with an own property',
    [Object.assign(new Date(0), { tz: 'CET' })],
    'args[0].tz',
    /that the Date has beside what it is/,
  ],
  [
    'a Date with a symbol',
    [Object.assign(new Date(0), { [Symbol('s')]: 1 })],
    'args[0][Symbol(s)]',
    /the Date has/,
  ],
  [
    'a URL with a note',
    [Object.assign(new URL('http://h'), { note: 1 })],
    'args[0].note',
    /the URL has/,
  ],
  ['a RegExp with a note', [Object.assign(/x/g, { note: 1 })], 'args[0].note', /the RegExp has/],
  [
    'a Buffer with a charset',
    [Object.assign(Buffer.from('x'), { charset: 'a' })],
    'args[0].charset',
    /the Buffer has/,
  ],
  [
    'a large typed array',
    [Object.assign(new Float64Array(1e5), { of: 1 })],
    'args[0].of',
    /the Float64Array has/,
  ],
  [
    'an ArrayBuffer with a name',
    [Object.assign(new ArrayBuffer(1), { of: 1 })],
    'args[0].of',
    /the ArrayBuffer has/,
  ],
  [
    'a hidden property of a Map',
    [Object.defineProperty(new Map(), 'of', { value: 1 })],
    'args[0].of',
    /the Map has/,
  ],
  [
    'a property that is not enumerable',
    [[Object.defineProperty({ a: 1 }, 'b', { value: 2 })]],
    'args[0][0].b',
    /is a property that is not enumerable, which cannot be stored: give it by itself, or leave it out/,
  ],
  [
    'a property that is not enumerable, beside an undefined',
    [Object.defineProperty({ a: undefined }, 'b', { value: 2 })],
    'args[0].b',
    /is not enumerable/,
  ],
  [
    'a key that is a symbol',
    [{ a: { [Symbol('s')]: 1 } }],
    'args[0].a',
    /has a key that is a symbol/,
  ],
  [
    'an instance of a class that extends Map',
    [new (class Cache extends Map {})()],
    'args[0]',
    /is a Cache/,
  ],
  [
    'an instance of a class that extends Array',
    [new (class List extends Array {})()],
    'args[0]',
    /is a List/,
  ],
  [
    'an instance of a class that extends Date',
    [[new (class Day extends Date {})()]],
    'args[0][0]',
    /is a Day/,
  ],
  ['a WeakMap', [new WeakMap()], 'args[0]', /is a WeakMap/],
  ['a SharedArrayBuffer', [new SharedArrayBuffer(1)], 'args[0]', /is a SharedArrayBuffer/],
  [
    'a getter that throws',
    [
      {
        a: {
          get b() {
            throw new TypeError('x');
          },
        },
      },
    ],
    'args[0].a',
    /cannot be read: TypeError/,
  ],
  ['an object with its own toJSON', [{ toJSON: () => 1 }], 'args[0].toJSON', /is a function/],
];

it.each(refused)('J4 %s is refused', (_what, value, path, why) => {
  const error = refusalOf(value);
  expect(error.path).toBe(path);
  expect(error.message).toMatch(why);
  expect(error.message.startsWith(`${path} `)).toBe(true);
  expect(error.code).toBe('DROVER_SERIALIZATION');
});

it('J4 the path begins with the root that the caller names', () => {
  expect(refusalOf({ a: () => {} }, 'result').path).toBe('result.a');
  expect(refusalOf(() => {}, 'result').path).toBe('result');
});

it('J4 the path in the message is shortened', () => {
  const nested = Array.from({ length: 9 }).reduce<unknown>(
    (value) => ({ ['a key of some length '.repeat(10)]: value }),
    Symbol('s'),
  );
  expect(refusalOf(nested).message.length).toBeLessThan(300);
});

it.each<[string, object]>([
  [
    'symbols that are not enumerable',
    Object.defineProperty({ a: [1] }, Symbol('hidden'), { value: 1 }),
  ],
  ['a RegExp that was used', Object.assign(/x/g, { lastIndex: 3 })],
  ['a view of some bytes', new Uint8Array(new ArrayBuffer(8), 2, 3)],
  ['an array from Array.from', Array.from({ length: 3 }, (_, i) => i)],
  ['an error with fields', Object.assign(new Error('x'), { limit: 3 })],
])('J4 %s can be stored', (_what, value) => {
  expect(() => encode([value, new Map([[1, value]])], 'args')).not.toThrow();
});
