// What cannot survive the trip through JSON is refused, with the path at which it stands (J4).
import { decode, encode } from '../../src/codec.js';
import { SerializationError } from '../../src/errors.js';
import '../../src/failure.js';
import { defineTask } from '../../src/task.js';

class Account {
  balance = 1;
}

const within = defineTask('refusals.within', (value: unknown) => value);

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
  ['what stands beside an undefined', [undefined, { f: () => {} }], 'args[1].f', /is a function/],
  ['a value in a Map', [{ map: new Map([['k', () => {}]]) }], 'args[0].map.get("k")', /is a function/],
  ['a value in a Map under a number', [new Map([[7, () => {}]])], 'args[0].get(7)', /is a function/],
  ['a value in a Map under an object', [new Map([[{}, [() => {}]]])], 'args[0].get(…0)[0]', /is a function/],
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
  ['what stands under an odd key', [{ 'a b': { '0': Symbol('s') } }], 'args[0]["a b"]["0"]', /is a symbol/],
  ['a hole in an array', [[1, , 3]], 'args[0]', /has a hole at 1, which cannot be stored: give it undefined or null/],
  ['an array of holes', [{ list: new Array(3) }], 'args[0].list', /has a hole at 0/],
  [
    'an array of four thousand million holes',
    [Object.assign([1], { length: 2 ** 32 - 1 })],
    'args[0]',
    /has a hole at 1/,
  ],
  ['a key that is a symbol', [{ a: { [Symbol('s')]: 1 } }], 'args[0].a', /has a key that is a symbol/],
  ['an instance of a class that extends Map', [new (class Cache extends Map {})()], 'args[0]', /is a Cache/],
  ['an instance of a class that extends Array', [new (class List extends Array {})()], 'args[0]', /is a List/],
  ['an instance of a class that extends Date', [[new (class Day extends Date {})()]], 'args[0][0]', /is a Day/],
  ['a WeakMap', [new WeakMap()], 'args[0]', /is a WeakMap/],
  ['memory that is shared', [new SharedArrayBuffer(1)], 'args[0]', /is a SharedArrayBuffer/],
  [
    'what a getter throws',
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

it('J4 the root of the path is what the caller names', () => {
  expect(refusalOf({ a: () => {} }, 'result').path).toBe('result.a');
  expect(refusalOf(() => {}, 'result').path).toBe('result');
});

it('J4 the path in the message stays short', () => {
  const nested = Array.from({ length: 9 }).reduce<unknown>(
    (value) => ({ ['a key of some length '.repeat(10)]: value }),
    Symbol('s'),
  );
  expect(refusalOf(nested).message.length).toBeLessThan(300);
});

const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value };
  return value;
};

it('J4 values may be nested 500 deep, and no deeper, plain or not', () => {
  expect(JSON.parse(encode(nested(500), 'args'))).toEqual(nested(500));
  expect(refusalOf(nested(502)).message).toMatch(/nested over 500 deep/);
  expect(refusalOf([undefined, nested(502)]).message).toMatch(/nested over 500 deep/);
});

it.each([10_000, 1_000_000])('J4 a value that is nested %d deep is refused, and the stack holds', (depth) => {
  expect(refusalOf(nested(depth)).message).toMatch(/^args.* is nested over 500 deep$/);
});

it('J4 text that is nested a million deep is refused, and the stack holds', () => {
  const deep = `${'['.repeat(1_000_000)}{"$drover":"undefined"}${']'.repeat(1_000_000)}`;
  expect(() => decode(deep, () => undefined)).toThrow(SerializationError);
});

it('J4 jobs within jobs: where the stack does not suffice, that is said', () => {
  let job = within.job(1);
  for (let i = 0; i < 20_000; i++) job = within.job(job);
  expect(refusalOf([job]).message).toMatch(/is nested too deep/);
});

it('J4 a job that holds itself is refused with the place', () => {
  const values = new Map<string, unknown>();
  const job = within.job([values]);
  values.set('itself', job);
  expect(refusalOf([job])).toMatchObject({
    path: 'args[0].args[0][0].get("itself")',
    message: expect.stringContaining(`is job ${job.id} (refusals.within) itself`) as string,
  });
});

it('J4, C4 a job among the arguments of another one may name that: it is stored with it', () => {
  const values: unknown[] = [];
  const job = within.job([within.job(values)]);
  values.push(job);
  expect(JSON.parse(encode([job], 'args'))).toMatchObject([
    { job: { args: [[{ job: { args: [[{ job: { id: job.id } }]] } }]] } },
  ]);
});

it('J4 a wrong value is found before anything is written of it', () => {
  const value = { first: 'fine', then: [{ at: { last: Symbol('s') } }] };
  expect(refusalOf(value).path).toBe('args.then[0].at.last');
});
