// Values that a task may throw and that cannot be read or stored as they are: by name, made anew.
import { Failure } from '@drover/core';

const refuse = (): never => {
  throw new Error('do not look at me');
};
const unreadable = { get: refuse, enumerable: true, configurable: true };

/** A Proxy on which every operation throws. */
function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function withStack(stack: unknown): Error {
  return Object.defineProperty(new Error('odd stack'), 'stack', { value: stack });
}

function causes(depth: number): Error {
  let error = new Error('innermost');
  for (let i = 0; i < depth; i++)
    error = Object.assign(Object.create(Error.prototype) as Error, { cause: error });
  return Object.assign(new Error('outer'), { cause: error });
}

function cyclic(): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
}

const makers = {
  'an error whose stack is a cyclic object': () => withStack(cyclic()),
  'an error whose stack is a list of call sites': () => withStack([{ getFileName: refuse }]),
  'an error whose stack cannot be read': () =>
    Object.defineProperty(new Error('no stack'), 'stack', unreadable),
  'an error whose message cannot be read': () =>
    Object.defineProperty(new RangeError(), 'message', unreadable),
  'an error whose name cannot be read': () =>
    Object.defineProperty(new RangeError('known'), 'name', unreadable),
  'an error whose cause and code cannot be read': () =>
    Object.defineProperties(new RangeError('known'), {
      cause: unreadable,
      code: unreadable,
      errors: unreadable,
    }),
  'an error with fields that cannot be read or stored': () =>
    Object.defineProperties(
      Object.assign(new RangeError('known'), { kept: 1, odd: revoked({}), f: refuse }),
      {
        bad: unreadable,
      },
    ),
  'an error of a class of which all throws': () =>
    new (class Card extends Error {
      override get name() {
        return refuse();
      }
      override get message() {
        return refuse();
      }
      override toString() {
        return refuse();
      }
      toJSON() {
        return refuse();
      }
    })(),
  'an error whose message has no text': () =>
    Object.assign(new Error(), { message: { [Symbol.toPrimitive]: refuse, toString: refuse } }),
  'an error that is a promise too': () => Object.assign(new Error('awaited'), { then: refuse }),
  'a frozen error': () => Object.freeze(Object.assign(new Error('frozen'), { command: 'kept' })),
  'a revoked Proxy': () => revoked({}),
  'a revoked Proxy of an error': () => revoked(new Error('hidden')),
  'a Proxy whose traps throw': () =>
    new Proxy(new Error('hidden'), {
      get: refuse,
      getPrototypeOf: refuse,
      ownKeys: refuse,
      has: refuse,
    }),
  'an object whose toJSON and toString throw': () => ({ toJSON: refuse, toString: refuse }),
  'an object without a prototype': () => Object.create(null) as object,
  'a thenable that throws': () => ({ then: refuse }),
  'causes in a circle': () => {
    const error = new Error('a');
    return Object.assign(error, { cause: new Error('b', { cause: error }) });
  },
  'causes a hundred thousand deep': () => causes(100_000),
  'a message of six million characters': () => new Error('x'.repeat(6_000_000)),
  'an AggregateError of what cannot be read': () =>
    new AggregateError(
      [revoked(new Error('hidden')), withStack(cyclic()), new RangeError('known')],
      'all',
    ),
  'an AggregateError of four thousand million holes': () =>
    Object.assign(new AggregateError([], 'all'), { errors: new Array(2 ** 32 - 1) }),
  'an AggregateError whose list cannot be read': () =>
    Object.assign(new AggregateError([], 'all'), { errors: revoked([]) }),
  'what looks like a Failure': () => Object.create(Failure.prototype) as object,
  'a Proxy of a Failure': () => new Proxy(Failure.from(new RangeError('known')), {}),
  'a Failure of what cannot be stored': () =>
    Failure.fromJSON({
      name: 'RangeError',
      message: 'known',
      stack: cyclic(),
      fields: cyclic(),
    } as never),
  'a bigint of a million digits': () => 10n ** 1_000_000n,
  nothing: () => undefined,
} satisfies Record<string, () => unknown>;

export type Hostile = keyof typeof makers;
export const HOSTILE = Object.keys(makers) as Hostile[];

export function hostile(name: Hostile): unknown {
  return makers[name]();
}
