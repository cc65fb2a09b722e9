// A name is defined once in a registry (J1).
import { runInThisContext } from 'node:vm';
import { DuplicateNameError, InvalidArgumentError } from '../../src/errors.js';
import { Registry } from '../../src/lib/registry.js';

const one = (): number => 1;
const other = (): number => 2;

it('J1 finds a definition by its name', () => {
  const registry = new Registry<string>('thing');
  expect(registry.define('a', [one], () => 'made')).toBe('made');
  expect(registry.get('a')).toBe('made');
  expect(registry.get('b')).toBeUndefined();
});

it('J1 the same function for the same name gives the first definition', () => {
  const registry = new Registry<object>('thing');
  const first = registry.define('a', [one], () => ({}));
  expect(registry.define('a', [one], () => ({}))).toBe(first);
});

it('J1 another function for a taken name throws, and changes nothing', () => {
  const registry = new Registry<string>('thing');
  registry.define('a', [one], () => 'first');
  expect(() => registry.define('a', [other], () => 'second')).toThrow(DuplicateNameError);
  expect(() => registry.define('a', [other], () => 'second')).toThrow(
    'the thing "a" is already defined, with another function',
  );
  expect(registry.get('a')).toBe('first');
});

/** Functions as modules give them that are evaluated again, and as other modules give them. */
const [again, more, less] = ['n => n + 1', 'n => n + 1', 'n => n - 1'].map(
  (text) => runInThisContext(`(${text})`) as (n: number) => number,
) as [unknown, unknown, unknown];

it('J1 a function with the same source text replaces the earlier one', () => {
  const registry = new Registry<string>('thing');
  registry.define('a', [again, 7], () => 'first');
  expect(registry.define('a', [more, 7], () => 'second')).toBe('second');
  expect(registry.get('a')).toBe('second');
  expect(() => registry.define('a', [more, 8], () => 'third')).toThrow(DuplicateNameError);
  expect(() => registry.define('a', [less, 7], () => 'third')).toThrow(DuplicateNameError);
  expect(() => registry.define('a', [more], () => 'third')).toThrow(DuplicateNameError);
});

it('J1 { replace: true } replaces any function, and repeating it replaces nothing', () => {
  const registry = new Registry<object>('thing');
  registry.define('a', [one], () => ({ is: 'first' }));
  const second = registry.define('a', [other], () => ({ is: 'second' }), { replace: true });
  expect(registry.get('a')).toBe(second);
  expect(registry.define('a', [other], () => ({ is: 'third' }), { replace: true })).toBe(second);
});

it('J1 a bound function, whose source is unknown, counts as another function', () => {
  const registry = new Registry<string>('thing');
  registry.define('a', [one.bind(null)], () => 'first');
  expect(() => registry.define('a', [other.bind(null)], () => 'second')).toThrow(
    DuplicateNameError,
  );
});

it('J1 the error says where the name was defined, and how to replace it', () => {
  const registry = new Registry<string>('thing');
  const define = (identity: unknown): string =>
    registry.define('a', [identity], () => 'made', {}, define);
  define(one);
  expect(() => define(other)).toThrow(
    /\(at .*registry\.test\.ts:\d+:\d+\): names must be unique.*\{ replace: true \}$/,
  );
});

it('J1 one function may have two names', () => {
  const registry = new Registry<string>('thing');
  registry.define('a', [one], () => 'as a');
  expect(registry.define('b', [one], () => 'as b')).toBe('as b');
  expect(['a', 'b'].map((name) => registry.get(name))).toEqual(['as a', 'as b']);
});

it('J1 two registries do not share names', () => {
  const [left, right] = [new Registry<string>('left'), new Registry<string>('right')];
  left.define('a', [one], () => 'left');
  expect(right.define('a', [other], () => 'right')).toBe('right');
});

it('J1 a name of Object.prototype is an ordinary name', () => {
  const registry = new Registry<string>('thing');
  expect(registry.get('constructor')).toBeUndefined();
  expect(registry.define('__proto__', [one], () => 'made')).toBe('made');
});

it('J1 a definition that throws defines nothing', () => {
  const registry = new Registry<string>('thing');
  const fail = (): string => {
    throw new Error('not made');
  };
  expect(() => registry.define('a', [one], fail)).toThrow('not made');
  expect(registry.get('a')).toBeUndefined();
});

it('B2 replace must be true or false', () => {
  const define = () =>
    new Registry<string>('thing').define('a', [one], () => 'made', { replace: 1 as never });
  expect(define).toThrow('replace, of the thing "a", must be true or false');
});

it.each([[''], [undefined], [7], [{}], ['x'.repeat(201)]])('B2 %p is refused as a name', (name) => {
  const registry = new Registry<string>('thing');
  expect(() => registry.define(name as string, [one], () => 'made')).toThrow(InvalidArgumentError);
  expect(() => registry.define(name as string, [one], () => 'made')).toThrow(
    /the name of a thing must be a string of 1 to 200/,
  );
});
