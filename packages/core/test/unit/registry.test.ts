// Named things are defined once (J1).
import { DuplicateNameError, InvalidArgumentError } from '../../src/errors.js';
import { Registry } from '../../src/registry.js';

const one = (): number => 1;
const other = (): number => 2;

it('J1 finds what was defined, by name', () => {
  const registry = new Registry<string>('thing');
  expect(registry.define('a', one, () => 'made')).toBe('made');
  expect(registry.get('a')).toBe('made');
  expect(registry.get('b')).toBeUndefined();
});

it('J1 the same function again under the same name is the same thing: modules may be loaded twice', () => {
  const registry = new Registry<object>('thing');
  const first = registry.define('a', one, () => ({}));
  expect(registry.define('a', one, () => ({}))).toBe(first);
});

it('J1 another function under a name that is taken throws at once, and changes nothing', () => {
  const registry = new Registry<string>('thing');
  registry.define('a', one, () => 'first');
  expect(() => registry.define('a', other, () => 'second')).toThrow(DuplicateNameError);
  expect(() => registry.define('a', other, () => 'second')).toThrow(
    'the thing "a" is already defined, with another function',
  );
  expect(registry.get('a')).toBe('first');
});

it('J1 one function may have two names', () => {
  const registry = new Registry<string>('thing');
  registry.define('a', one, () => 'as a');
  expect(registry.define('b', one, () => 'as b')).toBe('as b');
  expect(registry.names()).toEqual(['a', 'b']);
});

it('J1 registries know nothing of each other', () => {
  const [left, right] = [new Registry<string>('left'), new Registry<string>('right')];
  left.define('a', one, () => 'left');
  expect(right.define('a', other, () => 'right')).toBe('right');
});

it('J1 names of Object.prototype are names as any other', () => {
  const registry = new Registry<string>('thing');
  expect(registry.get('constructor')).toBeUndefined();
  expect(registry.define('__proto__', one, () => 'made')).toBe('made');
});

it('J1 what was not made is not defined', () => {
  const registry = new Registry<string>('thing');
  const fail = (): string => {
    throw new Error('not made');
  };
  expect(() => registry.define('a', one, fail)).toThrow('not made');
  expect(registry.names()).toEqual([]);
});

it.each([[''], [undefined], [7], [{}], ['x'.repeat(201)]])('B2 %p is no name', (name) => {
  const registry = new Registry<string>('thing');
  expect(() => registry.define(name as string, one, () => 'made')).toThrow(InvalidArgumentError);
  expect(() => registry.define(name as string, one, () => 'made')).toThrow(
    /the name of a thing must be a string of 1 to 200/,
  );
});
