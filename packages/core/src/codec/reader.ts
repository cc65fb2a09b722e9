// Reads a tree that the writer made. The tree is changed in place, so that its objects can refer to
// each other.
import { ignoreRejection } from '../lib/at-once.js';
import { isInstance } from '../lib/careful.js';
import { describeValue } from '../lib/describe-value.js';
import { DroverError, SerializationError } from '../errors.js';
import { isStoredBigInt, MAX_PATTERNS, patternLength } from './bounds.js';
import { codecNamed } from './define-codec.js';
import { kindNamed } from './kinds.js';
import {
  isNearJob,
  isNewJob,
  isReference,
  type ReviveJob,
  type StoredInside,
} from './stored-jobs.js';
import { Tag, TAG } from './tag.js';

type Tree = Record<string, unknown>;

const NUMBERS = new Map<unknown, number>(
  ['NaN', 'Infinity', '-Infinity', '-0'].map((text) => [text, Number(text)]),
);

export class Reader {
  /** The objects of the graph that is being read, by their numbers. */
  #objects: unknown[] | undefined;
  /** The characters of the sources of all RegExps so far. */
  #patterns = 0;

  constructor(private readonly reviveJob: ReviveJob) {}

  /** @throws SerializationError where the tree is damaged, or newer; UnknownCodecError */
  read(tree: unknown): unknown {
    try {
      return this.#read(tree);
    } catch (error) {
      // The error of a constructor may quote the damaged data.
      throw isInstance(error, DroverError) ? error : damaged();
    }
  }

  readonly #read = (tree: unknown): unknown => {
    if (typeof tree !== 'object' || tree === null) return tree;
    if (Object.hasOwn(tree, TAG)) return this.#readTagged(tree as Tree);
    this.#objects?.push(tree);
    this.#readItems(tree as Tree);
    return tree;
  };

  /** Each key is an own property already, so that assigning `__proto__` changes that key alone. */
  #readItems(tree: Tree): void {
    for (const key of Object.keys(tree)) {
      const item = tree[key];
      if (typeof item === 'object' && item !== null) tree[key] = this.#read(item);
    }
  }

  #readTagged(tree: Tree): unknown {
    const { [TAG]: kind, value } = tree;
    switch (kind) {
      case Tag.Undefined:
        return undefined;
      case Tag.Number:
        return NUMBERS.get(value) ?? fail();
      case Tag.BigInt:
        return isStoredBigInt(value) ? BigInt(value) : fail();
      case Tag.Repeated:
        return (Number.isInteger(value) && this.#objects?.[value as number]) || fail();
      case Tag.Graph:
        return this.#readGraph(value);
      case Tag.Object:
        this.#objects?.push(value);
        this.#readItems(value as Tree);
        return value;
      case Tag.Job:
      case Tag.NewJob:
      case Tag.NearJob:
        return this.#readWhole(() => this.reviveJob(storedInside(kind, tree['job'])));
      case Tag.Codec:
        return this.#readWhole(() => this.#readByCodec(tree));
      default:
        return this.#readKind(kind, value);
    }
  }

  #readGraph(value: unknown): unknown {
    const around = this.#objects;
    this.#objects = [];
    const read = this.#read(value);
    this.#objects = around;
    return read;
  }

  /**
   * Reads an object to which nothing in it can refer. Its number comes before the numbers of the
   * objects in it.
   */
  #readWhole(make: () => unknown): unknown {
    const number = this.#objects?.push(undefined);
    const made = make();
    if (this.#objects && number) this.#objects[number - 1] = made;
    return made;
  }

  #readByCodec({ codec: name, value }: Tree): unknown {
    const codec = codecNamed(name);
    const data = this.#read(value);
    let decoded: object;
    try {
      decoded = codec.decode(data);
    } catch (error) {
      throw new SerializationError('value', `cannot be decoded by the codec ${codec.name}`, {
        cause: error,
      });
    }
    if (!ignoreRejection(decoded)) return decoded;
    throw new SerializationError(
      'value',
      `is decoded by an async function: the codec ${codec.name} must answer at once`,
    );
  }

  #readKind(name: unknown, value: unknown): unknown {
    const kind = kindNamed(name);
    if (!kind)
      throw new SerializationError(
        'value',
        `is of a kind that this version does not know: ${describeValue(name)}`,
      );
    this.#patterns += patternLength(name, value);
    if (this.#patterns > MAX_PATTERNS) fail();
    const made = kind.make(value as never);
    this.#objects?.push(made);
    kind.fill?.(made, value as never, this.#read);
    return made;
  }
}

function storedInside(tag: unknown, job: unknown): StoredInside {
  if (tag === Tag.Job && isReference(job)) return { kind: 'reference', job };
  if (tag === Tag.NewJob && isNewJob(job)) return { kind: 'new', job };
  if (tag === Tag.NearJob && isNearJob(job)) return { kind: 'near', job };
  return fail();
}

export function damaged(): SerializationError {
  return new SerializationError('value', 'is damaged: it is not what Drover stores');
}

function fail(): never {
  throw damaged();
}
