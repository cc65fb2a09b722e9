// Properties of the codec, on random values and texts: a value arrives unchanged or is refused with
// a path, and a text is read or refused (J4).
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { decode, encode } from '../../src/codec/codec.js';
import { DroverError, SerializationError } from '../../src/errors.js';
import '../../src/codec/failure.js';
import { shapeOf } from '../../../../test/kit/shape.js';

const revive = (reference: object): unknown => ({ revived: reference });
const roundTrip = (value: unknown): unknown => decode(encode(value, 'args'), revive);

const everything = {
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  maxDepth: 5,
} as const;
/** An invalid Date does not equal itself, so that shapes are compared too. */
const isEqual = (a: unknown, b: unknown): boolean =>
  isDeepStrictEqual(a, b) || shapeOf(a) === shapeOf(b);

it('J4 plain JSON is stored as JSON.stringify would, and arrives as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      return (
        encode(plain, 'args') === JSON.stringify(plain) &&
        isDeepStrictEqual(roundTrip(plain), plain)
      );
    }),
    { numRuns: 1_000 },
  );
});

it('J4 a value of all supported kinds arrives unchanged', () => {
  fc.assert(
    fc.property(fc.anything(everything), (value) => isEqual(roundTrip(value), value)),
    { numRuns: 2_000 },
  );
});

it('J4 a value that holds something unstorable arrives unchanged or is refused with a path', () => {
  const odd = fc.oneof(
    fc.anything({ ...everything, withBoxedValues: true, withNullPrototype: true }),
    fc.constantFrom(() => {}, Symbol('s'), Promise.resolve(), new WeakMap(), new (class A {})()),
  );
  fc.assert(
    fc.property(fc.anything({ ...everything, values: [odd] }), (value) => {
      try {
        return shapeOf(roundTrip(value)) === shapeOf(value);
      } catch (error) {
        return error instanceof SerializationError && error.path.startsWith('args');
      }
    }),
    { numRuns: 1_000 },
  );
});

it('J4 a graph of objects keeps its cycles and its shared objects', () => {
  fc.assert(
    fc.property(graph(), (value) => {
      // Beside a value that is no plain JSON, the codec keeps references.
      const whole = [undefined, value];
      return shapeOf(roundTrip(whole)) === shapeOf(whole);
    }),
    { numRuns: 2_000 },
  );
});

it('J4 any text is read or refused, and pollutes nothing', () => {
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  const mangled = fc
    .tuple(fc.anything(everything), fc.nat(), fc.nat(), fc.string())
    .map(([value, at, length, text]) => {
      const json = encode(value, 'args');
      const start = at % (json.length + 1);
      return json.slice(0, start) + text + json.slice(start + (length % 20));
    });
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    mangled,
    lookalike().map((tree) => JSON.stringify(tree)),
  );
  fc.assert(
    fc.property(text, (json) => {
      try {
        decode(json, revive);
      } catch (error) {
        if (!(error instanceof DroverError)) throw error;
      }
      return Object.getOwnPropertyNames(Object.prototype).join() === before && !('polluted' in {});
    }),
    { numRuns: 5_000 },
  );
});

/** Objects of all kinds, with random references to each other. */
function graph(): fc.Arbitrary<unknown> {
  const edge = fc.tuple(
    fc.nat(7),
    fc.nat(7),
    fc.constantFrom('a', '1', '__proto__', '$drover', 'value'),
  );
  const kinds = fc.array(fc.constantFrom('array', 'object', 'map', 'set', 'date'), {
    minLength: 1,
    maxLength: 8,
  });
  return fc.tuple(kinds, fc.array(edge, { maxLength: 20 })).map(([names, edges]) => {
    const make = {
      array: () => [],
      object: () => ({}),
      map: () => new Map(),
      set: () => new Set(),
      date: () => new Date(7),
    };
    const nodes = names.map((name): object => make[name]());
    for (const [from, to, key] of edges) {
      const [node, target] = [nodes[from % nodes.length] as object, nodes[to % nodes.length]];
      if (Array.isArray(node)) node.push(target);
      else if (node instanceof Map) node.set(to % 2 ? target : key, target);
      else if (node instanceof Set) node.add(target);
      else if (!(node instanceof Date)) {
        Object.defineProperty(node, key, {
          value: target,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
    }
    return nodes[0];
  });
}

/** Trees of objects that look like the codec's own tags. */
function lookalike(): fc.Arbitrary<unknown> {
  const tag = fc.constantFrom(
    ...[
      'undefined',
      'number',
      'bigint',
      'object',
      'graph',
      'ref',
      'job',
      'codec',
      'Date',
      'RegExp',
      'URL',
      'Map',
      'Set',
    ],
    ...[
      'Buffer',
      'ArrayBuffer',
      'Float64Array',
      'Error',
      'Failure',
      'constructor',
      '__proto__',
      'toString',
    ],
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>('text', '-0', 0, 1, 2, null, '__proto__', 1e9, [['a', 'b']]),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(
        fc.constantFrom('a', 'id', 'task', 'name', 'message', 'length', '__proto__', 'polluted'),
        tie('tree'),
      ),
      fc.record(
        {
          $drover: fc.oneof(tag, tie('tree')),
          value: tie('tree'),
          job: tie('tree'),
          codec: tie('tree'),
        },
        { requiredKeys: ['$drover'] },
      ),
    ),
  }));
  return tree;
}
