// Failure.from never throws: any thrown value becomes a failure that can be stored and thrown again
// (J3).
import { hostile, HOSTILE, type Hostile } from '../../../../test/kit/hostile.js';
import { failureWithin } from '../../src/codec/data-size.js';
import { redacted } from '../../src/redis/redact-command.js';
import { Failure } from '../../src/codec/failure.js';
import { decode, encode } from '../../src/codec/codec.js';
import { SerializationError } from '../../src/errors.js';
import { describeValue } from '../../src/lib/describe-value.js';
import { isOfRedis, classifyRedisError } from '../../src/redis/redis-errors.js';

const MiB = 1024 * 1024;
const failureOf = (name: Hostile): Failure => failureWithin(Failure.from(hostile(name)), MiB);

it.each(HOSTILE)('J3 %s becomes a failure that can be stored, read and thrown again', (name) => {
  const failure = failureOf(name);
  const stored = Failure.fromJSON(JSON.parse(JSON.stringify(failure)));
  expect(stored.toJSON()).toEqual(failure.toJSON());
  expect([typeof failure.name, typeof failure.message, failure.toError()]).toEqual([
    'string',
    'string',
    expect.any(Error) as Error,
  ]);
  expect(stored.toError().message).toBe(failure.message);
  expect(stored.fields).toEqual(failure.fields);
});

it.each<[Hostile, string, string]>([
  ['an error whose stack is a cyclic object', 'Error', 'odd stack'],
  ['an error whose stack cannot be read', 'Error', 'no stack'],
  [
    'an error whose message cannot be read',
    'RangeError',
    'its message cannot be read: reading it throws',
  ],
  ['an error whose name cannot be read', 'RangeError', 'known'],
  ['an error whose cause and code cannot be read', 'RangeError', 'known'],
  [
    'an error of a class of which all throws',
    'Card',
    'its message cannot be read: reading it throws',
  ],
  ['a revoked Proxy', 'Error', 'thrown: what cannot be read, since reading it throws'],
  ['a Proxy of a Failure', 'RangeError', 'known'],
  ['a Failure of what cannot be stored', 'RangeError', 'known'],
  ['a bigint of a million digits', 'Error', 'thrown: a large bigint'],
])(
  'J3 the failure of %s keeps the readable part of name and message',
  (name, expected, message) => {
    expect(failureOf(name)).toMatchObject({ name: expected, message });
  },
);

it('J3 a field that cannot be read does not remove the other fields', () => {
  expect(failureOf('an error with fields that cannot be read or stored').fields).toEqual({
    kept: 1,
  });
});

it('J3 an AggregateError keeps its other errors beside one that cannot be read', () => {
  expect(failureOf('an AggregateError of what cannot be read').errors.map(String)).toEqual([
    'Error: thrown: what cannot be read, since reading it throws',
    'Error: odd stack',
    'RangeError: known',
  ]);
});

it('J3 a field that changes after the throw is stored as it was', () => {
  const list: unknown[] = [1];
  const failure = Failure.from(Object.assign(new Error('x'), { list }));
  list.push(() => {});
  expect(failure.fields).toEqual({ list: [1] });
});

it('J3 the other fields of a failure can be read without an unknown codec', () => {
  const data = {
    name: 'E',
    message: 'm',
    fields: { odd: { $drover: 'codec', codec: 'no.such' }, kept: 1 },
  };
  expect(Failure.fromJSON(data).fields).toEqual({ kept: 1 });
  expect(Failure.fromJSON(data).toError()).toMatchObject({ message: 'm', kept: 1 });
});

it.each([
  [
    'a cause that is no failure',
    { cause: 7, errors: ['x', null, { name: 'E', message: 'in' }], stack: {}, code: 5 },
  ],
  ['causes that are nested too deep to be written', { cause: deepCause(100_000) }],
  ['fields that are nested too deep to be written', { fields: { deep: deepArray(100_000) } }],
])('B1 %s in a stored failure is left out', (_what, odd) => {
  const failure = Failure.fromJSON({ name: 'E', message: 'm', ...odd } as never);
  expect(failure.toError().message).toBe('m');
  expect(JSON.parse(JSON.stringify(failure))).toMatchObject({ name: 'E', message: 'm' });
});

it.each(HOSTILE)('J4 a getter that throws %s gives a SerializationError with the path', (name) => {
  const value = Object.defineProperty({}, 'x', {
    get: () => {
      throw hostile(name);
    },
    enumerable: true,
  });
  let error: unknown;
  try {
    encode([value], 'args');
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SerializationError);
  expect((error as SerializationError).path).toMatch(/^args\[0\]/);
});

it.each(HOSTILE)('B2 %s is no Redis error, and checking it does not throw', (name) => {
  const thrown = hostile(name);
  expect([classifyRedisError(thrown), isOfRedis(thrown)]).toEqual([undefined, false]);
  expect(redacted(new Error('around', { cause: thrown })).message).toBe('around');
  expect(describeValue(thrown).length).toBeLessThan(100);
});

it('J4 an Error with unreadable properties can be an argument', () => {
  const back = decode(encode([hostile('an error whose stack is a cyclic object')], 'args'), () => {
    throw new Error('no jobs');
  }) as [Error];
  expect(back[0]).toMatchObject({ message: 'odd stack' });
});

function deepCause(depth: number): unknown {
  let cause: unknown = { name: 'E', message: 'innermost' };
  for (let i = 0; i < depth; i++) cause = { name: 'E', message: 'm', cause };
  return cause;
}

function deepArray(depth: number): unknown {
  return JSON.parse('['.repeat(depth) + ']'.repeat(depth));
}
