// Values that JSON does not have (J4).
import { runInNewContext } from 'node:vm';
import { decode, encode } from '../../src/codec/codec.js';
import { SerializationError } from '../../src/errors.js';
import { Failure } from '../../src/codec/failure.js';

const noJobs = (): never => {
  throw new Error('there is no job in this value');
};
const roundTrip = (value: unknown): unknown => decode(encode(value, 'args'), noJobs);

const bytes = [0, 1, 2, 127, 128, 250, 254, 255];
const { buffer } = Uint8Array.from(bytes);

it.each<[string, unknown]>([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
  ['a bigint', -(2n ** 80n)],
  ['a Date', new Date('2026-02-03T04:05:06.789Z')],
  ['the earliest Date', new Date(-8.64e15)],
  ['a RegExp', /a\/"b"\n[^\]]+/giu],
  ['a URL', new URL('https://user:word@example.org:8080/a%20b?q=1#hash')],
  ['an empty Map', new Map()],
  [
    'a Map with keys of all kinds',
    new Map<unknown, unknown>([
      ['k', 1],
      [7, undefined],
      [NaN, null],
      [undefined, new Map([[1n, 'x']])],
    ]),
  ],
  ['a Set', new Set<unknown>([1, '1', undefined, NaN, new Date(0)])],
  ['a Buffer', Buffer.from('text \u{1f680}')],
  ['an ArrayBuffer', buffer],
  ['an empty ArrayBuffer', new ArrayBuffer(0)],
  ['an Int8Array', new Int8Array(buffer)],
  ['a Uint8Array', new Uint8Array(buffer)],
  ['a Uint8ClampedArray', new Uint8ClampedArray(buffer)],
  ['an Int16Array', new Int16Array(buffer)],
  ['a Uint16Array', new Uint16Array(buffer)],
  ['an Int32Array', new Int32Array(buffer)],
  ['a Uint32Array', new Uint32Array(buffer)],
  ['a Float32Array', Float32Array.of(1.5, NaN)],
  ['a Float64Array', Float64Array.of(Math.PI, -0, Infinity)],
  ['a BigInt64Array', BigInt64Array.of(-1n, 2n ** 62n)],
  ['a BigUint64Array', BigUint64Array.of(2n ** 64n - 1n)],
])('J4 %s arrives unchanged, alone and inside other values', (_what, value) => {
  const deep = { list: [value, { a: value }], map: new Map([['k', value]]), set: new Set([value]) };
  expect(roundTrip(value)).toStrictEqual(value);
  expect(roundTrip([value, 1])).toStrictEqual([value, 1]);
  expect(roundTrip(deep)).toStrictEqual(deep);
});

it('J4 an invalid Date arrives as an invalid Date', () => {
  const [back] = roundTrip([new Date(NaN)]) as [Date];
  expect(back).toBeInstanceOf(Date);
  expect(back.getTime()).toBeNaN();
});

it('J4 a view of a buffer stores only its own bytes', () => {
  const secret = Buffer.from('secret, secret');
  const json = encode(
    [secret.subarray(0, 2), new Uint8Array(secret.buffer, secret.byteOffset, 2)],
    'args',
  );
  expect(json).toBe(
    '[{"$drover":"Buffer","value":"c2U="},{"$drover":"Uint8Array","value":"c2U="}]',
  );
});

it('J4 plain parts beside a Date are stored as plain JSON', () => {
  const value = { url: 'a.png', when: new Date(0), sizes: [1, 2] };
  expect(encode(value, 'args')).toBe(
    '{"url":"a.png","when":{"$drover":"Date","value":"1970-01-01T00:00:00.000Z"},"sizes":[1,2]}',
  );
});

it('J4 values of another realm can be stored', () => {
  const value: unknown = runInNewContext(
    `({ date: new Date(0), map: new Map([[1, /x/g]]), bytes: Uint8Array.of(1, 2),
        error: new TypeError("t") })`,
  );
  expect(roundTrip(value)).toMatchObject({
    date: new Date(0),
    map: new Map([[1, /x/g]]),
    bytes: Uint8Array.of(1, 2),
  });
});

describe('errors', () => {
  it('J4 an Error arrives with its class, cause and fields', () => {
    const error = Object.assign(new RangeError('far', { cause: new TypeError('why') }), {
      limit: 3,
      at: new Date(0),
    });
    const [back] = roundTrip([error]) as [typeof error];
    expect(back).toBeInstanceOf(RangeError);
    expect([back.message, back.stack, back.limit, back.at]).toEqual([
      'far',
      error.stack,
      3,
      new Date(0),
    ]);
    expect(back.cause).toBeInstanceOf(TypeError);
  });

  it("J4 an error of a user's class keeps its name", () => {
    class QuotaError extends Error {
      override name = 'QuotaError';
    }
    expect(roundTrip(new QuotaError('full'))).toMatchObject({
      name: 'QuotaError',
      message: 'full',
    });
  });

  it('J4 an AggregateError keeps its errors', () => {
    const back = roundTrip(
      new AggregateError([new Error('a'), new TypeError('b')], 'both'),
    ) as AggregateError;
    expect(back).toBeInstanceOf(AggregateError);
    expect(back.errors.map(String)).toEqual(['Error: a', 'TypeError: b']);
  });

  it('J4 errors that refer to each other can be stored', () => {
    const error = Object.assign(new Error('a'), { self: undefined as unknown });
    error.cause = new Error('b', { cause: error });
    error.self = { error };
    expect(roundTrip([error])).toMatchObject([
      { message: 'a', cause: { message: 'b', cause: { message: 'a' } } },
    ]);
  });

  it('J4 a Failure stays a Failure beside an Error', () => {
    const [failure, error] = roundTrip([Failure.from(new Error('f')), new Error('e')]) as unknown[];
    expect([failure instanceof Failure, error instanceof Failure]).toEqual([true, false]);
  });
});

describe('cyclic and repeated references', () => {
  it('J4 an object that contains itself arrives as a cycle', () => {
    const loop: Record<string, unknown> = { a: 1 };
    loop['self'] = loop;
    const back = roundTrip(loop) as typeof loop;
    expect(back['self']).toBe(back);
    expect(back['a']).toBe(1);
  });

  it('J4 an array, a Map and a Set that contain themselves arrive as cycles', () => {
    const list: unknown[] = [];
    list.push(list, list);
    const map = new Map<unknown, unknown>();
    map.set(map, map);
    const set = new Set<unknown>();
    set.add(set);
    const back = roundTrip({ list, map, set }) as {
      list: unknown[];
      map: typeof map;
      set: typeof set;
    };
    expect(back.list[0] === back.list && back.list[1] === back.list).toBe(true);
    expect(back.map.get(back.map)).toBe(back.map);
    expect(back.set.has(back.set)).toBe(true);
  });

  it('J4 a cycle through an object, a Map and a Set arrives', () => {
    const top: Record<string, unknown> = { '2': 'two', '1': 'one', $drover: 'not a tag' };
    top['map'] = new Map<unknown, unknown>([[new Set([top]), [{ top }]]]);
    const back = roundTrip([top]) as [typeof top];
    const [[set, [holder]]] = back[0]['map'] as unknown as [[Set<unknown>, [{ top: unknown }]]];
    expect(set.has(back[0]) && holder.top === back[0]).toBe(true);
    expect(Object.keys(back[0])).toEqual(['1', '2', '$drover', 'map']);
  });

  it('J4 an object in two places of a value that is no plain JSON stays one object', () => {
    const date = new Date(0);
    const shared = { date };
    const [a, b, when] = roundTrip([shared, shared, date]) as [typeof shared, typeof shared, Date];
    expect(a).toBe(b);
    expect(when).toBe(a.date);
  });

  it('J4 a nest of 2⁶⁰ references is written once for each object', () => {
    let doubled: unknown[] = [1];
    for (let i = 0; i < 60; i++) doubled = [doubled, doubled];
    const back = roundTrip(doubled) as unknown[][];
    expect(back[0]).toBe(back[1]);
  });

  it('J4 values that were encoded apart can be joined in one text', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    const json = encode(loop, 'result');
    const [a, b] = decode(`[${json},${json},[${json}]]`, noJobs) as [unknown[], unknown[]];
    expect(a[0] === a && b[0] === b && a !== b).toBe(true);
  });
});

it.each([
  '',
  '{',
  'undefined',
  '{"$drover":"number","value":"7"}',
  '{"$drover":"bigint","value":"x"}',
  '{"$drover":"bigint"}',
  '{"$drover":"ref","value":0}',
  '{"$drover":"graph","value":{"$drover":"ref","value":0}}',
  '{"$drover":"graph","value":[{"$drover":"ref","value":"constructor"}]}',
  '{"$drover":"graph","value":[{"$drover":"ref","value":7}]}',
  '{"$drover":"Map","value":7}',
  '{"$drover":"Map","value":[7]}',
  '{"$drover":"Set"}',
  '{"$drover":"RegExp","value":["(","g"]}',
  '{"$drover":"URL","value":"nowhere"}',
  '{"$drover":"Float64Array","value":"AAAA"}',
  '{"$drover":"Buffer","value":{"length":1e9}}',
  '{"$drover":"Error","value":null}',
  '{"$drover":"Failure","value":{"name":1}}',
  '{"$drover":"object"}',
  '{"$drover":"constructor"}',
  '{"$drover":"__proto__","value":1}',
  '{"$drover":{"a":1}}',
  '{"$drover":null}',
])('J4 B2 a damaged text is refused, and the error does not quote it: %s', (json) => {
  expect(() => decode(json, noJobs)).toThrow(SerializationError);
  expect(() => decode(json, noJobs)).toThrow(
    /^value is (damaged|of a kind that this version does not know)/,
  );
});
