// A failure is an error as data: whatever was thrown, it can be stored, shown, and thrown again.
import { AbortedError, TimeoutError } from '../../src/errors.js';
import { Failure } from '../../src/failure.js';

/** As it is after it was stored. */
const stored = (failure: Failure): Failure => Failure.fromJSON(JSON.parse(JSON.stringify(failure)));

describe('of an Error', () => {
  it('J3 keeps name, message, stack and code', () => {
    const error = Object.assign(new RangeError('too far'), { code: 'E_FAR' });
    const failure = stored(Failure.from(error));
    expect(failure).toMatchObject({ name: 'RangeError', message: 'too far', code: 'E_FAR', stack: error.stack });
    expect(String(failure)).toBe('RangeError: too far');
  });

  it('keeps a code that is a number as text', () => {
    expect(Failure.from(Object.assign(new Error('x'), { code: 11000 })).code).toBe('11000');
  });

  it("keeps the error's own fields that are plain JSON, and leaves out the others", () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const error = Object.assign(new Error('x'), { status: 404, body: { a: [1] }, loop, callback: () => {}, big: 1n });
    expect(stored(Failure.from(error)).fields).toEqual({ status: 404, body: { a: [1] } });
  });

  it('has no fields where the error has none', () => {
    expect(Failure.from(new Error('x')).fields).toEqual({});
    expect(Failure.from(new Error('x')).toJSON()).not.toHaveProperty('fields');
  });

  it("knows Drover's own errors by name and code", () => {
    expect(stored(Failure.from(new AbortedError('gone')))).toMatchObject({
      name: 'AbortedError',
      code: 'DROVER_ABORTED',
    });
  });
});

describe('causes', () => {
  it('keeps the chain', () => {
    const error = new Error('outer', { cause: new TypeError('middle', { cause: new TimeoutError('inner') }) });
    const failure = stored(Failure.from(error));
    expect([failure.message, failure.cause?.name, failure.cause?.cause?.code]).toEqual([
      'outer',
      'TypeError',
      'DROVER_TIMEOUT',
    ]);
    expect(failure.cause?.cause?.cause).toBeUndefined();
  });

  it('cuts a cyclic chain, after a few rounds', () => {
    const error = new Error('a') as Error & { cause?: unknown };
    error.cause = new Error('b', { cause: error });
    const messages: string[] = [];
    for (let at: Failure | undefined = stored(Failure.from(error)); at; at = at.cause) messages.push(at.message);
    expect(messages.slice(0, 3)).toEqual(['a', 'b', 'a']);
    expect(messages).toHaveLength(9);
  });

  it('takes a cause that is no Error, and an empty one', () => {
    expect(Failure.from(new Error('x', { cause: 'because' })).cause?.message).toBe('thrown: because');
    expect(Failure.from(new Error('x', { cause: null })).cause?.message).toBe('thrown: null');
    expect(Failure.from(new Error('x', { cause: undefined })).cause).toBeUndefined();
  });
});

describe('of anything else that was thrown', () => {
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

  it('a Failure is itself', () => {
    const failure = Failure.from(new Error('x'));
    expect(Failure.from(failure)).toBe(failure);
  });
});

describe('toError', () => {
  it('gives an Error with all that the failure has', () => {
    const thrown = Object.assign(new RangeError('far', { cause: new Error('why') }), { code: 'E_FAR', limit: [3] });
    const error = stored(Failure.from(thrown)).toError() as RangeError & { code: string; limit: number[] };
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message, error.code, error.limit, error.stack]).toEqual([
      'RangeError',
      'far',
      'E_FAR',
      [3],
      thrown.stack,
    ]);
    expect((error.cause as Error).message).toBe('why');
    expect(Object.keys(error)).toEqual(['limit', 'code']);
  });

  it('round trip: the failure of that error is the same failure', () => {
    const thrown = Object.assign(new RangeError('far', { cause: new TypeError('why') }), { code: 'E_FAR', limit: 3 });
    const failure = Failure.from(thrown);
    expect(Failure.from(failure.toError()).toJSON()).toEqual(failure.toJSON());
    expect(Failure.from(stored(failure).toError()).toJSON()).toEqual(failure.toJSON());
  });

  it('gives an Error also of a failure that has a message only', () => {
    const error = Failure.fromJSON({ name: 'Error', message: 'bare' }).toError();
    expect([error.name, error.message]).toEqual(['Error', 'bare']);
    expect(error).not.toHaveProperty('code');
    expect(error).not.toHaveProperty('cause');
  });

  it('fields named as those of an Error do not hide them', () => {
    const error = Failure.fromJSON({
      name: 'N',
      message: 'm',
      stack: 's',
      fields: { name: 'x', stack: 'y', own: 1 },
    }).toError();
    expect([error.name, error.stack, (error as Error & { own: number }).own]).toEqual(['N', 's', 1]);
  });
});
