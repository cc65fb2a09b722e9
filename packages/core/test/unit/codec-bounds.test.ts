// Values that would block their reader for long are refused when they are stored, and count as
// damaged when another program stored them (J4).
import { decode, encode } from '../../src/codec/codec.js';
import { isPlain } from '../../src/codec/plain.js';
import { SerializationError } from '../../src/errors.js';

const noJobs = (): never => {
  throw new Error('there is no job in this value');
};
const roundTrip = (value: unknown): unknown => decode(encode(value, 'args'), noJobs);
const classes = (length: number): RegExp => new RegExp('[a-z]'.repeat(length / 5));

it('J4 a bigint of ten thousand digits arrives', () => {
  const value = [10n ** 10_000n - 1n, -(10n ** 10_000n) + 1n];
  expect(roundTrip(value)).toEqual(value);
});

it('J4 RegExps whose sources are fifty thousand characters together arrive', () => {
  const value = [classes(30_000), classes(20_000)];
  expect(roundTrip(value)).toEqual(value);
});

it('J4 a look through many objects counts them all, though a getter looks through others', () => {
  const many = Array.from({ length: 60_000 }, () => ({}));
  expect(isPlain(many)).toBe(true);
  const getter = { get: () => isPlain({}), enumerable: true };
  expect(isPlain([many, Object.defineProperty({}, 'other', getter), many])).toBe(false);
});

it.each<[string, unknown, string]>([
  ['a bigint of more than ten thousand digits', [{ big: 10n ** 10_000n }], 'args[0].big'],
  ['a negative bigint of a million digits', [-(10n ** 1_000_000n)], 'args[0]'],
  ['a bigint that is the key of a Map', new Map([[10n ** 10_000n, 1]]), 'args.keys()[0]'],
  ['a RegExp with too long a source', [classes(50_005)], 'args[0]'],
  [
    'RegExps that are too long together',
    [classes(30_000), { second: classes(20_005) }],
    'args[1].second',
  ],
])('J4 %s is refused with the path', (_what, value, path) => {
  let error: unknown;
  try {
    encode(value, 'args');
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SerializationError);
  expect(error).toMatchObject({ path });
});

it.each<[string, object]>([
  ['a bigint of five million digits', { $drover: 'bigint', value: '7'.repeat(5_000_000) }],
  ['a bigint in hexadecimal', { $drover: 'bigint', value: '0xff' }],
  ['a bigint that is not stored as text', { $drover: 'bigint', value: true }],
  ['a RegExp of Unicode classes', { $drover: 'RegExp', value: ['[\\p{L}]'.repeat(200_000), 'iu'] }],
  ['a date that is out of range', { $drover: 'Date', value: '+999999-01-01T00:00:00.000Z' }],
  ['a date that is a number out of range', { $drover: 'Date', value: 1e300 }],
])('B1 %s, stored by another program, is refused as damaged', (_what, tree) => {
  expect(() => decode(JSON.stringify([tree]), noJobs)).toThrow(SerializationError);
});
