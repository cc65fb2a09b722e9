// Text of jobs on a terminal: it moves no cursor, hides nothing, and shows no password.
import { clean, cleanJson, withoutSecrets } from '../../src/text/clean.js';
import { span } from '../../src/text/words.js';

it.each([
  ['an ANSI escape', '\x1b[31mred', '\\x1b[31mred'],
  ['the C1 form of one', '\x9b2J', '\\x9b2J'],
  ['a new line and a tab', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['a backspace and a bell', 'ab\b\x07', 'ab\\x08\\x07'],
  ['half a surrogate', 'a\ud800b', 'a\\ud800b'],
  ['a change of the direction', 'a\u202eb', 'a\\u202eb'],
  ['a character without width', 'a\u200bb\u{e0041}', 'a\\u200bb\\u{e0041}'],
  ['a line separator', 'a\u2028b', 'a\\u2028b'],
  ['whole characters', 'größer 漢字 👍', 'größer 漢字 👍'],
])('B2 %s is written as an escape', (_, text, safe) => {
  expect(clean(text)).toBe(safe);
});

it('B2 JSON has such characters as escapes, and stays the same value', () => {
  const value = { 'a\x1b[31m\x9b\u202e\u{e0041}\ud800': '\u007f\u2028👍' };
  const json = cleanJson(value);
  expect(json).toMatch(/^[\x20-\x7e👍]*$/u);
  expect(JSON.parse(json)).toEqual(value);
  expect(cleanJson(undefined)).toBe('null');
});

it('B2 a URL is shown without its user and password', () => {
  expect(withoutSecrets('--redis=redis://me:s/e@cret%@host:1/2 no')).toBe(
    '--redis=redis://…@host:1/2 no',
  );
  expect(withoutSecrets('redis://host:1')).toBe('redis://host:1');
});

it.each([
  [-5, '0 ms'],
  [850, '850 ms'],
  [1_240, '1.2 s'],
  [59_000, '59 s'],
  [125_000, '2 min'],
  [7_300_000, '2 h'],
  [200_000_000, '2 d'],
])('%d ms is %s', (ms, words) => {
  expect(span(ms)).toBe(words);
});
