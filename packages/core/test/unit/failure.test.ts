// A failure is an error as data, which can be stored, shown and thrown again.
import { AbortedError, TimeoutError } from '../../src/errors.js';
import { Failure } from '../../src/codec/failure.js';
import { defineCodec } from '../../src/codec/define-codec.js';
import { defineTask } from '../../src/task/task.js';

/** The failure as it is read after it was stored. */
const stored = (failure: Failure): Failure => Failure.fromJSON(JSON.parse(JSON.stringify(failure)));

describe('of an Error', () => {
  it('J3 keeps name, message, stack and code', () => {
    const error = Object.assign(new RangeError('too far'), { code: 'E_FAR' });
    const failure = stored(Failure.from(error));
    expect(failure).toMatchObject({
      name: 'RangeError',
      message: 'too far',
      code: 'E_FAR',
      stack: error.stack,
    });
    expect(String(failure)).toBe('RangeError: too far');
  });

  it('keeps a numeric code as text', () => {
    expect(Failure.from(Object.assign(new Error('x'), { code: 11000 })).code).toBe('11000');
  });

  it("J4 keeps the error's own fields, and leaves out those that cannot be stored", () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const fields = {
      status: 404,
      body: { a: [1] },
      loop,
      big: 1n,
      at: new Date(0),
      byName: new Map([['k', new Set([1])]]),
    };
    const error = Object.assign(new Error('x'), fields, {
      callback: () => {},
      socket: new (class Socket {})(),
    });
    expect(stored(Failure.from(error)).fields).toEqual(fields);
  });

  it('J4 keeps errors among its fields, cycles included', () => {
    const error = Object.assign(new Error('outer'), {
      reason: new TypeError('inner'),
      self: undefined as unknown,
    });
    error.self = error;
    const { fields } = stored(Failure.from(error));
    expect(fields['reason']).toBeInstanceOf(TypeError);
    expect(fields['self']).toMatchObject({ message: 'outer' });
  });

  it('leaves out jobs, since a failure knows no queue', () => {
    const job = defineTask('failure.job', () => 1).job();
    expect(stored(Failure.from(Object.assign(new Error('x'), { job, n: 1 }))).fields).toEqual({
      n: 1,
    });
  });

  it('its fields can be read repeatedly, and changing them does not change the failure', () => {
    const failure = stored(Failure.from(Object.assign(new Error('x'), { at: [new Date(0)] })));
    const before = JSON.stringify(failure);
    expect(failure.fields).toEqual(failure.fields);
    expect(JSON.stringify(failure)).toBe(before);
  });

  it('has no fields where the error has none', () => {
    expect(Failure.from(new Error('x')).fields).toEqual({});
    expect(Failure.from(new Error('x')).toJSON()).not.toHaveProperty('fields');
  });

  it("keeps name and code of Drover's own errors", () => {
    expect(stored(Failure.from(new AbortedError('gone')))).toMatchObject({
      name: 'AbortedError',
      code: 'DROVER_ABORTED',
    });
  });
});

describe('causes', () => {
  it('keeps the chain', () => {
    const error = new Error('outer', {
      cause: new TypeError('middle', { cause: new TimeoutError('inner') }),
    });
    const failure = stored(Failure.from(error));
    expect([failure.message, failure.cause?.name, failure.cause?.cause?.code]).toEqual([
      'outer',
      'TypeError',
      'DROVER_TIMEOUT',
    ]);
    expect(failure.cause?.cause?.cause).toBeUndefined();
  });

  it('a cyclic chain is cut after a few rounds', () => {
    const error = new Error('a') as Error & { cause?: unknown };
    error.cause = new Error('b', { cause: error });
    const messages: string[] = [];
    for (let at: Failure | undefined = stored(Failure.from(error)); at; at = at.cause)
      messages.push(at.message);
    expect(messages.slice(0, 3)).toEqual(['a', 'b', 'a']);
    expect(messages).toHaveLength(9);
  });

  it('keeps causes that are no Error', () => {
    expect(Failure.from(new Error('x', { cause: 'because' })).cause?.message).toBe(
      'thrown: because',
    );
    expect(Failure.from(new Error('x', { cause: null })).cause?.message).toBe('thrown: null');
    expect(Failure.from(new Error('x', { cause: undefined })).cause).toBeUndefined();
  });
});

describe('AggregateError', () => {
  it('J4 keeps its errors, each with its cause', () => {
    const errors = [new RangeError('first', { cause: new Error('why') }), 'second'];
    const failure = stored(Failure.from(new AggregateError(errors, 'both')));
    expect(failure.errors.map(String)).toEqual(['RangeError: first', 'Error: thrown: second']);
    expect(failure.errors[0]?.cause?.message).toBe('why');
    const error = failure.toError() as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors[0]).toBeInstanceOf(RangeError);
    expect(Failure.from(error).errors.map(String)).toEqual(failure.errors.map(String));
  });

  it('J4 takes `errors` of errors as errors, and any other list of that name as a field', () => {
    const wrapped = Object.assign(new Error('both'), { errors: [new TypeError('a')] });
    expect(stored(Failure.from(wrapped)).errors.map(String)).toEqual(['TypeError: a']);
    expect(stored(Failure.from(wrapped)).toError()).toMatchObject({ errors: [{ message: 'a' }] });
    const listed = stored(
      Failure.from(Object.assign(new Error('odd'), { errors: [{ field: 'name' }] })),
    );
    expect([listed.errors, listed.fields]).toEqual([[], { errors: [{ field: 'name' }] }]);
  });

  it('keeps at most a hundred errors, however they refer to each other', () => {
    const errors: Error[] = Array.from({ length: 200 }, (_, i) => new Error(String(i)));
    const all = new AggregateError(errors, 'all');
    for (const error of errors) Object.assign(error, { parent: all, cause: all, errors });
    const json = JSON.stringify(Failure.from(all));
    expect(json.match(/"message"/g)?.length).toBe(100);
  });
});

describe('J3 a failure that is made while another one is described', () => {
  const chain = (length: number): Error =>
    length === 0 ? new Error('innermost') : new Error('outer', { cause: chain(length - 1) });
  const depthOf = (failure: Failure | undefined): number =>
    failure ? 1 + depthOf(failure.cause) : 0;

  it.each<[string, (make: () => Failure) => Error]>([
    ['a getter of a field', (make) => withGetter(new Error('outer'), 'field', make)],
    ['a getter of the cause', (make) => withGetter(new Error('outer'), 'cause', make)],
    [
      'a codec of a field',
      (make) => {
        class Money {}
        const functions = { encode: () => make().message, decode: () => new Money() };
        defineCodec('failure.Money', { class: Money, ...functions });
        return Object.assign(new Error('outer'), { field: new Money() });
      },
    ],
  ])('J3 by %s is whole, and so is the other one', (_, around) => {
    const made: Failure[] = [];
    const inner = chain(20);
    const outer = around(() => {
      const failure = Failure.from(inner);
      made.push(failure);
      return failure;
    });
    expect(Failure.from(outer).message).toBe('outer');
    expect(made.map(depthOf)).toEqual([9]);
  });
});

function withGetter(error: Error, key: string, get: () => unknown): Error {
  return Object.defineProperty(error, key, { get, enumerable: true });
}

describe('of a thrown value that is no Error', () => {
  const loop: unknown[] = [];
  loop.push(loop);
  it.each([
    ['a string', 'no', 'thrown: no'],
    ['a number', 42, 'thrown: 42'],
    ['nothing', undefined, 'thrown: undefined'],
    ['null', null, 'thrown: null'],
    ['an object', { reason: 'x' }, 'thrown: {"reason":"x"}'],
    ['a bigint', 7n, 'thrown: 7'],
    ['a symbol', Symbol('s'), 'thrown: Symbol(s)'],
    ['a cyclic array', loop, 'thrown: '],
    ['a function', function named() {}, 'thrown: function named() { }'],
  ])('%s is described', (_what, thrown, message) => {
    expect(stored(Failure.from(thrown))).toMatchObject({ name: 'Error', message });
  });

  it('a Failure is returned unchanged', () => {
    const failure = Failure.from(new Error('x'));
    expect(Failure.from(failure)).toBe(failure);
  });
});
