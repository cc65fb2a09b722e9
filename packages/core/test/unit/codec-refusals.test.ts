// What cannot survive the trip through JSON is refused, with the path at which it stands (J4).
import { encode } from '../../src/codec.js';
import { SerializationError } from '../../src/errors.js';

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
  ['a bigint', [[1n]], 'args[0][0]', /is a bigint/],
  ['NaN', [{ a: { b: NaN } }], 'args[0].a.b', /is NaN/],
  ['Infinity', [Infinity], 'args[0]', /is Infinity/],
  ['-Infinity', [-Infinity], 'args[0]', /is -Infinity/],
  ['a class instance', [{ owner: new Account() }], 'args[0].owner', /is a Account/],
  ['an instance of a nameless class', [new (class {})()], 'args[0]', /class instance/],
  ['a promise', [Promise.resolve(1)], 'args[0]', /is a Promise/],
  ['a boxed number', [Object(1)], 'args[0]', /is a Number/],
  ['the second of two wrong things', [1, Symbol.iterator, () => {}], 'args[1]', /is a symbol/],
  ['what stands beside an undefined', [undefined, { f: () => {} }], 'args[1].f', /is a function/],
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
  expect(refusalOf({ a: 1n }, 'result').path).toBe('result.a');
  expect(refusalOf(() => {}, 'result').path).toBe('result');
});

describe('cyclic values', () => {
  it('J4 an object that holds itself is refused', () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(refusalOf([loop]).message).toMatch(/^args\[0\]\.self\.self.* is cyclic, or nested over 500 deep$/);
  });

  it('J4 an array that holds itself twice is refused in reasonable time', () => {
    const loop: unknown[] = [];
    loop.push(loop, loop);
    expect(refusalOf([loop]).message).toMatch(/is cyclic/);
  });

  it('J4 the path in the message stays short', () => {
    const loop: Record<string, unknown> = {};
    loop['a key of some length '.repeat(10)] = loop;
    expect(refusalOf(loop).message.length).toBeLessThan(300);
  });

  it('J4 one object in two places is no cycle', () => {
    const shared = { a: 1 };
    expect(encode([shared, shared], 'args')).toBe('[{"a":1},{"a":1}]');
  });
});

it('J4 values may be nested 500 deep, and no deeper', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  expect(encode(nested(500), 'args')).toHaveLength(1_001);
  expect(refusalOf(nested(502)).message).toMatch(/nested over 500 deep/);
});

it('J4 a wrong value is found before anything is written of it', () => {
  const value = { first: 'fine', then: [{ at: { last: 1n } }] };
  expect(refusalOf(value).path).toBe('args.then[0].at.last');
});
