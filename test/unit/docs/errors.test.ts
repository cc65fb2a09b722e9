// docs/ERRORS.md and the code have the same errors: each class with its code, what it means, its
// cause and its cure.
import * as core from '@drover/core';
import { read } from './markdown.js';

const sections = read('docs/ERRORS.md')
  .split(/^## /m)
  .slice(1)
  .map((text) => {
    const [, name, code, meaning] = /^(\w+)\n\n`(DROVER_\w+)` – (.+?)\n\n/s.exec(text) ?? [];
    return { name, code, meaning, text };
  });

type ErrorClass = new (...args: unknown[]) => core.DroverError;

const classes = Object.values<unknown>({ ...core }).filter(
  (value): value is ErrorClass =>
    typeof value === 'function' && value.prototype instanceof core.DroverError,
);

test('each error has a section with its code, and there is no other', () => {
  const inCode = classes.map((Class) => {
    const given = Class === core.RateLimitedError ? [{ after: 1 }] : ['', {}];
    const { name, code } = new Class(...given);
    return [name, code];
  });
  expect(sections.map(({ name, code }) => [name, code]).sort()).toEqual(inCode.sort());
});

test('no two errors have one code', () => {
  expect(new Set(sections.map(({ code }) => code)).size).toBe(sections.length);
});

test.each(sections)('$name has a meaning, a cause and a cure', ({ meaning, text }) => {
  expect(meaning).toMatch(/^\S.*\.$/s);
  expect(text).toMatch(/^- \*\*Cause:\*\* .+^- \*\*Cure:\*\* .+/ms);
});

test('each code that the code names is on the page', () => {
  const codes = new Set(read('packages/core/src/errors.ts').match(/DROVER_[A-Z_]+(?=')/g));
  expect([...codes].sort()).toEqual(sections.map(({ code }) => code).sort());
});
