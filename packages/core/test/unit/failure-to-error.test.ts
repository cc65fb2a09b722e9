// A failure as an Error to throw again, with its class (J3, R2).
import { Failure, type FailureData } from '../../src/codec/failure.js';

/** The failure as it is read after it was stored. */
const stored = (failure: Failure): Failure => Failure.fromJSON(JSON.parse(JSON.stringify(failure)));

describe('toError', () => {
  it('gives an Error with all data of the failure', () => {
    const thrown = Object.assign(new RangeError('far', { cause: new Error('why') }), {
      code: 'E_FAR',
      limit: [3],
    });
    const error = stored(Failure.from(thrown)).toError() as RangeError & {
      code: string;
      limit: number[];
    };
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

  it('the failure of that error equals the first failure', () => {
    const thrown = Object.assign(new RangeError('far', { cause: new TypeError('why') }), {
      code: 'E_FAR',
      limit: 3,
    });
    const failure = Failure.from(thrown);
    expect(Failure.from(failure.toError()).toJSON()).toEqual(failure.toJSON());
    expect(Failure.from(stored(failure).toError()).toJSON()).toEqual(failure.toJSON());
  });

  it('gives an Error of a failure that has only a message', () => {
    const error = Failure.fromJSON({ name: 'Error', message: 'bare' }).toError();
    expect([error.name, error.message]).toEqual(['Error', 'bare']);
    expect(error).not.toHaveProperty('code');
    expect(error).not.toHaveProperty('cause');
  });

  it('J3 gives an error of the native class, with the code of its original type', () => {
    const error = stored(Failure.from(Object.assign(new TypeError('x'), { code: 404 }))).toError();
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 404 });
  });

  it('fields with names of Error properties do not hide those', () => {
    const error = Failure.fromJSON({
      name: 'N',
      message: 'm',
      stack: 's',
      fields: { name: 'x', stack: 'y', own: 1 },
    }).toError();
    expect([error.name, error.stack, (error as Error & { own: number }).own]).toEqual([
      'N',
      's',
      1,
    ]);
  });
});

it('B2 the constructor refuses calls from outside', () => {
  const Made = Failure as unknown as new (data: unknown) => Failure;
  for (const odd of [undefined, 'x', {}, { name: 'E' }])
    expect(() => new Made(odd)).toThrow('Failure.from(error)');
});

describe('the class of an error', () => {
  class Busy extends TypeError {}

  it('R2 a class without a name property gives its name, and keeps its native class', () => {
    const failure = Failure.from(new Busy('x'));
    expect([failure.name, failure.classes, String(failure)]).toEqual([
      'Busy',
      ['Busy', 'TypeError'],
      'Busy: x',
    ]);
    const error = Failure.fromJSON(JSON.parse(JSON.stringify(failure)) as FailureData).toError();
    expect(error).toBeInstanceOf(TypeError);
    expect(error.name).toBe('Busy');
    expect(Failure.from(error).toJSON()).toEqual(failure.toJSON());
  });

  it('is stored only where the name does not tell it', () => {
    for (const error of [
      new Error('x'),
      new RangeError('x'),
      new (class Plain extends Error {})('x'),
    ])
      expect(Failure.from(error).toJSON()).not.toHaveProperty('classes');
    expect(Failure.from(Object.assign(new Busy('x'), { name: 'Error' })).name).toBe('Error');
    expect(Failure.from('text').classes).toEqual([]);
  });

  it('B2 invalid class lists are left out', () => {
    const data = { name: 'E', message: 'x' };
    for (const classes of ['E', [7], Array(99).fill('E'), null])
      expect(Failure.fromJSON({ ...data, classes } as never).toJSON()).toEqual(data);
    const hostile = new Proxy(new Busy('x'), {
      getPrototypeOf: () => {
        throw new Error('no');
      },
    });
    expect(Failure.from(hostile).message).not.toBe('');
  });
});
