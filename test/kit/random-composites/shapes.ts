// Random composites as data: trees of up to four levels, with parts that fail, that return jobs,
// and postprocesses of every kind.
import fc from 'fast-check';
import { isNightly } from '../nightly.js';

/** A job as data. */
export type Shape = Leaf | Group;

interface Common {
  /** Its number in its tree. */
  tag: number;
  /** The number of a callback that it has. */
  callback?: number;
  lane?: string;
}

export interface Leaf extends Common {
  kind: 'gives' | 'fails' | 'returns' | 'appends';
  quotas?: string[];
  /** It has no policy of its own, so that it can be in a pack. */
  plain?: boolean;
  /** Of 'returns': what it goes on with. */
  then?: Shape;
  /** Of 'appends': what it adds to the composite that it is a part of. */
  adds?: Shape[];
}

export interface Group extends Common {
  kind: 'serial' | 'parallel';
  parts: Shape[];
  /** 'gathers' gives what it gets; any other shape is a job that takes no notice of it. */
  postprocess?: { kind: 'gathers'; tag: number } | Shape;
  stops: boolean;
  /** Appended while the composite is new. */
  before?: Shape[];
  packed?: boolean;
}

/** A queue of random composites has lanes that are served together, and quotas. */
export const LANES = ['main', 'left', 'right'];
export const QUOTAS: Readonly<Record<string, number>> = { few: 4, many: 12 };
/** The quota that has keys (Q9), and their size. */
export const KEYED = { name: 'team', size: 2 };

const MAX_DEPTH = 4;
/** The most plain parts of one composite: more than a pack holds. */
const MOST_PLAIN = 80;
/** How likely a part is a composite, where a leaf that gives has 4: the nightly ones are larger. */
const GROUPS = isNightly ? 4 : 3;

/** A tree, without its numbers. */
const untagged = (depth: number): fc.Arbitrary<Shape> => {
  const gives = leaf('gives');
  const fails = leaf('fails');
  if (depth === 0)
    return fc.oneof({ weight: 4, arbitrary: gives }, { weight: 1, arbitrary: fails });
  const inner = untagged(depth - 1);
  return fc.oneof(
    { weight: 4, arbitrary: gives },
    { weight: 1, arbitrary: fails },
    {
      weight: 1,
      arbitrary: fc
        .tuple(inner, extras)
        .map(([then, extra]) => ({ kind: 'returns', tag: 0, then, ...extra })),
    },
    { weight: GROUPS, arbitrary: group(inner) },
  ) as fc.Arbitrary<Shape>;
};

const extras = fc
  .tuple(
    fc.constantFrom({}, {}, {}, { callback: 0 }),
    fc.constantFrom({}, {}, ...LANES.map((lane) => ({ lane }))),
  )
  .map(([callback, lane]) => ({ ...callback, ...lane }));
/**
 * Of jobs that wait for no others: one that keeps a slot while it waits for another one that needs
 * it would wait for ever.
 */
const hasQuotas = fc.constantFrom(
  {},
  {},
  {},
  {},
  ...[['few'], ['many'], ['many', 'few'], ['team/a'], ['team/b', 'few', 'team/c']].map(
    (quotas) => ({ quotas }),
  ),
);

function leaf(kind: 'gives' | 'fails'): fc.Arbitrary<Leaf> {
  return fc
    .tuple(extras, hasQuotas)
    .map(([extra, quotas]) => ({ kind, tag: 0, ...extra, ...quotas }));
}

function group(inner: fc.Arbitrary<Shape>): fc.Arbitrary<Group> {
  const postprocess = fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.constant({ kind: 'gathers' as const, tag: 0 }) },
    { weight: 1, arbitrary: inner },
  );
  const parts = fc.array(inner, { maxLength: 3 });
  const few = fc.array(inner, { minLength: 1, maxLength: 2 });
  // One part of a composite appends at most: of two, side by side, it would be chance who is the
  // first.
  const appends = fc.option(
    few.map((adds) => ({ kind: 'appends' as const, tag: 0, adds })),
    { freq: 2, nil: undefined },
  );
  const before = fc.option(few, { freq: 2, nil: undefined });
  return fc
    .tuple(
      fc.constantFrom('serial' as const, 'parallel' as const),
      parts,
      postprocess,
      fc.nat(3),
      extras,
      appends,
      before,
      fc.option(plain, { freq: 2, nil: [] }),
      fc.constantFrom({}, { packed: true }, { packed: true }, { packed: false }),
    )
    .map(([kind, of, after, stops, extra, adder, appended, row, packing]) => ({
      kind,
      tag: 0,
      parts: [...(adder ? [...of.slice(0, 2), adder] : of.slice(0, 2)), ...row, ...of.slice(2)],
      ...(appended && { before: appended }),
      ...(after && { postprocess: after }),
      stops: stops === 0,
      ...extra,
      // Parts in another lane than their composite are in no pack.
      ...(row.length > 0 && { lane: undefined }),
      ...packing,
    }));
}

/** Parts that can be in packs, one after another: nearly all succeed. */
const plain: fc.Arbitrary<Leaf[]> = fc
  .tuple(fc.constantFrom(2, 5, 20, MOST_PLAIN), fc.array(fc.nat(400), { maxLength: 3 }))
  .map(([count, failing]) =>
    Array.from({ length: count }, (_, i) => ({
      kind: failing.includes(i) ? ('fails' as const) : ('gives' as const),
      tag: 0,
      plain: true,
    })),
  );

/** A composite as data, its jobs numbered. */
export const shapes: fc.Arbitrary<Group> = group(untagged(MAX_DEPTH - 1)).map((shape) =>
  numbered(shape),
);

function numbered(root: Group): Group {
  let next = 0;
  const number = <S extends Shape>(shape: S): S => {
    const copy = { ...shape, tag: next++ };
    if (copy.callback !== undefined) copy.callback = next++;
    if ('then' in copy && copy.then) copy.then = number(copy.then);
    if ('parts' in copy) copy.parts = copy.parts.map(number);
    if ('before' in copy && copy.before) copy.before = copy.before.map(number);
    if ('adds' in copy && copy.adds) copy.adds = copy.adds.map(number);
    if ('postprocess' in copy && copy.postprocess) {
      const after = copy.postprocess;
      copy.postprocess =
        after.kind === 'gathers' ? { kind: 'gathers', tag: next++ } : number(after);
    }
    return copy;
  };
  return number(root);
}
