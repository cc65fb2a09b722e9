// Codecs of users for their own classes (J4).
import { InvalidArgumentError, UnknownCodecError } from '../errors.js';
import { checkDefineOptions, Registry, type DefineOptions } from '../lib/registry.js';
import { describeValue } from '../lib/describe-value.js';

/** How the instances of a class are stored, as data of type `D`: any value that can be stored. */
export interface Codec<T extends object, D = unknown> {
  /** The codec serves instances of this class, and not of its subclasses. */
  class: abstract new (...args: never[]) => T;
  encode(value: T): D;
  /** Makes an instance of such data, perhaps in another process, or in a later version. */
  decode(data: D): T;
}

export interface NamedCodec extends Codec<object> {
  name: string;
}

const codecs = new Registry<NamedCodec>('codec');
const byPrototype = new Map<object, NamedCodec>();

/**
 * Lets instances of a class be arguments and results. Every process that puts, runs or reads such
 * jobs must define the codec, as it defines tasks: its name is stored. A class and functions of the
 * same source text replace those before (J1).
 * @throws DuplicateNameError where the name has another class or other functions, unless `replace`
 *   is true; InvalidArgumentError for a bad name or codec, or a class that has a codec of another
 *   name.
 */
export function defineCodec<T extends object, D>(
  name: string,
  codec: Codec<T, D>,
  options: DefineOptions = {},
): void {
  checkDefineOptions('defineCodec', options);
  const { class: of, encode, decode } = codec ?? {};
  const isClass = typeof of === 'function' && typeof of.prototype === 'object';
  if (!isClass || typeof encode !== 'function' || typeof decode !== 'function') {
    throw new InvalidArgumentError(
      `the codec ${describeValue(name)} must be { class, encode, decode }`,
    );
  }
  const prototype = of.prototype as object;
  const other = byPrototype.get(prototype);
  if (other && other.name !== name) {
    throw new InvalidArgumentError(
      `the class ${of.name} has a codec already: ${describeValue(other.name)}`,
    );
  }
  const make = (): NamedCodec => ({ ...(codec as unknown as Codec<object>), name });
  const made = codecs.define(name, [of, encode, decode], make, options, defineCodec);
  byPrototype.set(prototype, made);
}

export function codecOf(value: object): NamedCodec | undefined {
  return byPrototype.get(Object.getPrototypeOf(value) as object);
}

/** @throws UnknownCodecError where this process has not defined it: another one may have. */
export function codecNamed(name: unknown): NamedCodec {
  const codec = codecs.get(name as string);
  if (codec) return codec;
  const described = describeValue(name);
  throw new UnknownCodecError(
    `the codec ${described} is not defined in this process: import the module that defines it`,
    typeof name === 'string' ? name : described,
  );
}
