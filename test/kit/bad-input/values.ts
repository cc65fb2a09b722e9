// Odd values: what somebody may give to a public function by mistake, or on purpose (B2).
import fc from 'fast-check';
import { oddNames } from './names.js';

const parsed = (json: string) => fc.constant(null).map(() => JSON.parse(json) as unknown);
const nested = (depth: number, wrap: (inner: unknown) => unknown) =>
  fc.constant(null).map(() => {
    let value: unknown = 'deep';
    for (let i = 0; i < depth; i++) value = wrap(value);
    return value;
  });
/** Errors of getters and proxies. */
export const NOT_TO_BE_READ = 'not to be read';
const throwing = (): never => {
  throw new Error(NOT_TO_BE_READ);
};

/** Values that cannot be stored, or try to do harm. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  parsed('{"__proto__":{"polluted":1}}'),
  parsed('{"constructor":{"prototype":{"polluted":1}}}'),
  parsed('[{"a":{"__proto__":{"__proto__":{"polluted":1}}}}]'),
  parsed('{"$drover":"job","job":{"id":"x","task":"y"}}'),
  parsed('{"$drover":"graph","value":{"$drover":"ref","value":9}}'),
  nested(450, (inner) => [inner]),
  nested(20_000, (inner) => [inner]),
  nested(20_000, (inner) => ({ inner })),
  fc.constant(null).map(() => {
    const cycle: unknown[] = [];
    cycle.push({ cycle });
    return cycle;
  }),
  fc.constant(null).map(() => 'x'.repeat(300_000)),
  fc.constant(null).map(() => Array.from({ length: 20_000 }, (_, i) => i)),
  fc.constant(null).map(() => ({
    get secret(): never {
      return throwing();
    },
  })),
  fc.constant(null).map(() => ({ toJSON: throwing, toString: throwing, valueOf: throwing })),
  fc.constant(null).map(() => ({ [Symbol.toPrimitive]: throwing })),
  fc
    .constant(null)
    .map(() => new Proxy({}, { get: throwing, ownKeys: throwing, getPrototypeOf: throwing })),
  fc.constant(null).map(() => Object.create(null) as unknown),
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    NaN,
    -0,
    -1,
    1.5,
    1e308,
    Infinity,
    -Infinity,
    2 ** 53,
    10n,
  ),
  fc.constantFrom<unknown>(
    Symbol('s'),
    () => 1,
    class A {},
    new Date(NaN),
    new Date(8.64e15),
    new WeakMap(),
    /x/g,
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [null],
    [undefined],
    new Map(),
    new Set(),
    Buffer.from([0xff, 0xfe, 0x80]),
  ),
);

/** Anything at all. */
export const oddValues: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: hostile },
  oddNames,
  fc.anything({
    ...{
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
    },
    ...{ withBoxedValues: true, withSparseArray: true, maxDepth: 4 },
    key: fc.oneof(oddNames, fc.string()),
    values: [
      oddNames,
      fc.string(),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
    ],
  }),
);

const OPTIONS = [
  ...[
    'beginAfter',
    'beginBy',
    'retryPolicy',
    'failureLogLevel',
    'lane',
    'quotas',
    'rateLimits',
    'priority',
    'immediate',
    'timeout',
    'args',
  ],
  ...[
    'status',
    'start',
    'end',
    'task',
    'attempts',
    'interrupts',
    'backoff',
    'on',
    'name',
    'success',
    'failure',
    'poll',
  ],
  ...[
    'prefix',
    'whenUnavailable',
    'unavailableTimeout',
    'maxDataBytes',
    'defaultJobOptions',
    'postprocess',
    'onFailure',
  ],
  ...[
    'pingInterval',
    'deathInterval',
    'maxBlock',
    'queues',
    'taskModules',
    'keepCompleted',
    'takeover',
    'uuid',
    'logger',
  ],
];

/** Values in the place of an object of options. */
export const oddOptions: fc.Arbitrary<unknown> = fc.oneof(oddValues, {
  weight: 3,
  arbitrary: fc.dictionary(fc.oneof(fc.constantFrom(...OPTIONS), oddNames), oddValues, {
    minKeys: 1,
    maxKeys: 3,
  }),
});

/** For fc.assert: what fast-check would print of such values is too deep, or harms the printer. */
export const report = <T>(numRuns: number): fc.Parameters<T> => ({
  numRuns,
  endOnFailure: true,
  reporter: ({ failed, seed, counterexamplePath, errorInstance }) => {
    if (!failed) return;
    const message = String((errorInstance as Error | null)?.message);
    throw new Error(`seed ${seed}, path ${counterexamplePath}: ${message}`, {
      cause: errorInstance,
    });
  },
});
