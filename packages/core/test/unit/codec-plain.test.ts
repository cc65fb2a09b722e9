// Plain JSON values are stored as their plain JSON, which any program can read (J4).
import { decode, encode } from '../../src/codec/codec.js';

const noJobs = (): never => {
  throw new Error('there is no job in this value');
};
const roundTrip = (value: unknown): unknown => decode(encode(value, 'args'), noJobs);

const plain: [string, unknown][] = [
  ['a string', 'text'],
  ['an empty string', ''],
  ['a string with what JSON escapes', 'line\n"quoted" \\ \u2028 \ud83d\ude80 \u0000'],
  ['a lone surrogate', '\ud800'],
  ['zero', 0],
  ['a negative number', -1.5e-300],
  ['the largest number', Number.MAX_VALUE],
  ['true', true],
  ['false', false],
  ['null', null],
  ['an empty array', []],
  ['an empty object', {}],
  ['nested arrays and objects', { a: [1, { b: [[], {}] }], '': null }],
  ['keys that look like indexes', { 10: 'ten', 9: 'nine' }],
  [
    'an object with keys of Object.prototype',
    { constructor: 1, toString: 'x', hasOwnProperty: false },
  ],
];

it.each(plain)('J4 %s is stored as its plain JSON, and comes back', (_what, value) => {
  expect(encode(value, 'args')).toBe(JSON.stringify(value));
  expect(roundTrip(value)).toEqual(value);
});

it('J4 an object without a prototype is stored as a plain one', () => {
  const bare = Object.assign(Object.create(null) as object, { a: 1 });
  expect(encode(bare, 'args')).toBe('{"a":1}');
});

it('J4 undefined survives as an argument and in arrays, at any depth', () => {
  expect(roundTrip(undefined)).toBeUndefined();
  expect(roundTrip([undefined, 1, [undefined]])).toStrictEqual([undefined, 1, [undefined]]);
  expect(roundTrip({ list: [undefined] })).toStrictEqual({ list: [undefined] });
});

it('J4 a property that is undefined survives, and the rest stays readable', () => {
  expect(encode({ a: undefined, b: 1 }, 'args')).toBe('{"a":{"$drover":"undefined"},"b":1}');
  expect(roundTrip([{ a: undefined, b: undefined }, undefined])).toStrictEqual([
    { a: undefined, b: undefined },
    undefined,
  ]);
});

it('J4 a plain object that stands in two places of plain JSON is written out at each', () => {
  const shared = { a: 1 };
  expect(encode([shared, shared], 'args')).toBe('[{"a":1},{"a":1}]');
});

it('J4 a plain value of 150,000 objects is stored as its plain JSON', () => {
  const many = Array.from({ length: 150_000 }, (_, i) => ({ i }));
  expect(encode(many, 'args') === JSON.stringify(many)).toBe(true);
});

it('J4 a symbol property that is not enumerable is ignored', () => {
  const marked = Object.defineProperty({ a: 1 }, Symbol('mark'), { value: 1, enumerable: false });
  expect(encode([marked], 'args')).toBe('[{"a":1}]');
});

describe('objects that have a key of the codec', () => {
  const lookalikes: unknown[] = [
    { $drover: 'undefined' },
    { $drover: 'job', job: { id: '1', task: 't' } },
    { $drover: 'failure', failure: { name: 'Error', message: 'm' } },
    { $drover: 'object', value: { $drover: 'object' } },
    { $drover: 'unknown kind' },
    { $drover: undefined, a: 1 },
    { $drover: null },
    { $drover: { $drover: { $drover: 7 } } },
    { a: [{ $drover: 'undefined' }, undefined] },
    { $droverish: 1 },
    ['$drover'],
    { text: '"$drover"' },
  ];

  it.each(lookalikes.map((value) => [value]))('J4 %j is data, not a tag', (value) => {
    expect(roundTrip(value)).toEqual(value);
  });
});

describe('keys that reach the prototype', () => {
  const hostile = JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  ) as object;

  it.each([
    ['plain', hostile],
    ['beside a tag', [hostile, undefined]],
    ['inside an escaped object', { $drover: 'undefined', inner: hostile }],
  ])(
    'J4 %s: keys that reach the prototype come back as own keys and pollute nothing',
    (_where, value) => {
      const back = roundTrip(value);
      expect(JSON.stringify(back)).toBe(JSON.stringify(value));
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
      const found = Array.isArray(back)
        ? (back[0] as object)
        : ((back as { inner?: object }).inner ?? (back as object));
      expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
      expect(Object.hasOwn(found, '__proto__')).toBe(true);
    },
  );
});

it('J4 a tag of an unknown kind is refused by its name, not read as data', () => {
  expect(() => decode('{"$drover":"hologram"}', noJobs)).toThrow(
    /kind that this version does not know: "hologram"/,
  );
});
