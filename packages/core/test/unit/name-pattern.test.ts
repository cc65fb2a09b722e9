// The names that a filter with `*` lets through (O2).
import fc from 'fast-check';
import { namePattern } from '../../src/store/bullmq/read/name-pattern.js';

it.each([
  ['mail.send', ['mail.send'], ['mail.sent', 'mail.send2', 'a.mail.send', 'mailxsend']],
  ['mail.*', ['mail.', 'mail.send', 'mail.a.b'], ['mail', 'email.send']],
  ['*.send', ['.send', 'mail.send'], ['send', 'mail.sends']],
  ['a*a', ['aa', 'aba'], ['a', 'ab']],
  ['*b*b*', ['bb', 'abcb'], ['b', 'abc']],
  ['a*bc*c', ['abcc', 'axbcxc'], ['abc', 'acb']],
  ['*', ['', 'a', 'line\nbreak'], []],
])('O2 the pattern %j', (pattern, fit, others) => {
  const fits = namePattern(pattern);
  expect(fit.filter((name) => !fits(name))).toEqual([]);
  expect(others.filter(fits)).toEqual([]);
});

it('O2 a pattern lets through what the same expression of JavaScript does', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 9 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 });
  fc.assert(
    fc.property(text, name, (pattern, value) => {
      const same = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      expect(namePattern(pattern)(value)).toBe(same.test(value));
    }),
    { numRuns: 2_000 },
  );
});

it('B2 a pattern may be a text of any length, and of many *', () => {
  const long = 'x'.repeat(1_000_000);
  expect(namePattern(`${long}*`)(`${long}y`)).toBe(true);
  expect(namePattern('*a'.repeat(10_000))('a'.repeat(9_999))).toBe(false);
});
