// Writes a value as a tree that JSON can hold: plain JSON as it is, everything else with a tag
// (J4).
import { ignoreRejection } from '../lib/at-once.js';
import { classNameOf, isInstance, propertyOf, textOf } from '../lib/careful.js';
import { BadStatusError, SerializationError } from '../errors.js';
import { isBigIntWithin, MAX_DIGITS, MAX_PATTERNS, patternLength } from './bounds.js';
import { codecOf, type NamedCodec } from './define-codec.js';
import type { ErrorRoom } from './failure-data.js';
import { kindNamed, kindNameOf } from './kinds.js';
import { pathText, type Root, type Step } from './path.js';
import { extraKey, hiddenKey, keyBesideItems, symbolKey } from './own-keys.js';
import { isPlainArray, isPlainNumber, isPlainObject } from './plain.js';
import { isJob, toStoredInside, type StorableJob, type StoredInside } from './stored-jobs.js';
import { MAX_DEPTH, Tag, TAG, tagged } from './tag.js';

const JOB_TAGS: Readonly<Record<StoredInside['kind'], string>> = {
  reference: Tag.Job,
  new: Tag.NewJob,
  near: Tag.NearJob,
};

/** Returns the stored form of a job in the value; `path` says where the job stands. */
export type WriteJob = (job: StorableJob, path: () => string) => StoredInside;

const OWN = { enumerable: true, writable: true, configurable: true };

/** Names of errors are cut after so many characters. */
const MAX_NAME = 100;

export class Writer {
  /** The steps to the value that is being written. */
  readonly #steps: Step[] = [];
  /** The objects met so far, with their numbers. */
  readonly #numbers = new Map<object, number>();
  /** The instances that are being written by their codec. */
  readonly #underWay = new Set<object>();
  #hasRepeated = false;
  /** The characters of the sources of all RegExps so far. */
  #patterns = 0;

  /** @param errors counts the errors in the value, where that stands in an error itself */
  constructor(
    private readonly root: Root,
    private readonly writeJob: WriteJob = (job, path) => job[toStoredInside](path),
    private readonly errors?: ErrorRoom,
  ) {}

  /**
   * @throws SerializationError with the path of what cannot be stored; BadStatusError for a part
   *   that was put already
   */
  write(value: unknown): unknown {
    try {
      const tree = this.#write(value);
      return this.#hasRepeated ? tagged(Tag.Graph, tree) : tree;
    } catch (error) {
      // A BadStatusError: a job in it belongs to another job already.
      if (isInstance(error, SerializationError) || isInstance(error, BadStatusError)) throw error;
      // A getter or a codec threw, or jobs within jobs overflowed the stack.
      const why = isInstance(error, RangeError) ? 'is nested too deep' : 'cannot be read';
      const name = textOf(propertyOf(error, 'name'), MAX_NAME) ?? 'an error that cannot be read';
      throw new SerializationError(this.#path(), `${why}: ${name}`, { cause: error });
    }
  }

  #write(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return isPlainNumber(value)
          ? value
          : tagged(Tag.Number, Object.is(value, -0) ? '-0' : String(value));
      case 'undefined':
        return { [TAG]: Tag.Undefined };
      case 'bigint':
        if (isBigIntWithin(value)) return tagged(Tag.BigInt, String(value));
        throw this.#refusal(
          `is a bigint of over ${MAX_DIGITS} digits, which takes too long to read`,
        );
      case 'object':
        return value === null ? null : this.#writeObject(value);
      case 'function':
      case 'symbol':
        throw this.#refusal(`is a ${typeof value}, which cannot be stored`);
    }
  }

  #writeObject(value: object): unknown {
    const number = this.#numbers.get(value);
    if (number !== undefined) return this.#writeRepeated(value, number);
    if (this.#steps.length > MAX_DEPTH) throw this.#refusal(`is nested over ${MAX_DEPTH} deep`);
    this.#numbers.set(value, this.#numbers.size);
    if (Array.isArray(value) && isPlainArray(value)) return this.#writeArray(value);
    if (isJob(value)) return this.#writeJob(value);
    if (isPlainObject(value)) return this.#writePlain(value as Record<string, unknown>);
    const codec = codecOf(value);
    if (codec) return this.#writeByCodec(value, codec);
    const name = kindNameOf(value);
    const kind = kindNamed(name);
    if (!kind)
      throw this.#refusal(`is a ${classNameOf(value) ?? 'class instance'}, which has no codec`);
    const extra = kind.extra ? kind.extra(value) : extraKey(value);
    if (extra !== undefined)
      throw this.#refusalOfKey(extra, `is a property that the ${name} has beside what it is`);
    const written = kind.write(value, this.#writeItem, this.errors);
    this.#patterns += patternLength(name, written);
    if (this.#patterns <= MAX_PATTERNS) return tagged(name as string, written);
    throw this.#refusal(
      `is a RegExp which makes the sources of all of them longer than ${MAX_PATTERNS} characters`,
    );
  }

  #writeRepeated(value: object, number: number): unknown {
    if (this.#underWay.has(value))
      throw this.#refusal('stands inside what its own codec gives, which cannot be made again');
    this.#hasRepeated = true;
    return tagged(Tag.Repeated, number);
  }

  /** Refuses holes at the first one: they would be lost, and an array may have billions of them. */
  #writeArray(value: readonly unknown[]): unknown[] {
    const tree: unknown[] = [];
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      if (item === undefined && !Object.hasOwn(value, i))
        throw this.#refusal(
          `has a hole at ${i}, which cannot be stored: give it undefined or null`,
        );
      tree.push(this.#writeItem(item, i));
    }
    const extra = keyBesideItems(value);
    if (extra !== undefined)
      throw this.#refusalOfKey(extra, 'is a property that the array has beside its items');
    return tree;
  }

  #writePlain(value: Record<string, unknown>): unknown {
    const symbol = symbolKey(value);
    if (symbol)
      throw this.#refusal(`has a key that is a symbol, which cannot be stored: ${String(symbol)}`);
    const hidden = hiddenKey(value);
    if (hidden !== undefined)
      throw this.#refusalOfKey(hidden, 'is a property that is not enumerable');
    const object: Record<string, unknown> = {};
    for (const key of Object.keys(value)) setOwn(object, key, this.#writeItem(value[key], key));
    return Object.hasOwn(object, TAG) ? tagged(Tag.Object, object) : object;
  }

  #writeJob(job: StorableJob): unknown {
    const { kind, job: stored } = this.writeJob(job, this.#path);
    return { [TAG]: JOB_TAGS[kind], job: stored };
  }

  #writeByCodec(value: object, codec: NamedCodec): unknown {
    this.#underWay.add(value);
    const encoded = codec.encode(value);
    if (ignoreRejection(encoded))
      throw this.#refusal(
        `is encoded by an async function: the codec ${codec.name} must answer at once`,
      );
    const data = this.#writeItem(encoded, () => '');
    this.#underWay.delete(value);
    return { [TAG]: Tag.Codec, codec: codec.name, value: data };
  }

  readonly #writeItem = (item: unknown, step: Step): unknown => {
    this.#steps.push(step);
    const tree = this.#write(item);
    this.#steps.pop();
    return tree;
  };

  /** The path to the value that is being written. */
  readonly #path = (): string => pathText(this.root, this.#steps);

  /** `why` says what the property is: storing the value would lose it. */
  #refusalOfKey(key: PropertyKey, why: string): SerializationError {
    this.#steps.push(typeof key === 'symbol' ? () => `[${String(key)}]` : String(key));
    return this.#refusal(`${why}, which cannot be stored: give it by itself, or leave it out`);
  }

  #refusal(why: string): SerializationError {
    return new SerializationError(this.#path(), why);
  }
}

/** Makes an own property of any key: assigning `__proto__` would not. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (!(key in object)) object[key] = value;
  else Object.defineProperty(object, key, { ...OWN, value });
}
