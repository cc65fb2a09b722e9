// The flags that a task thread inherits from a process whose program is given as text (D7).
import { whyRefused, withoutText } from '../../src/options/thread-flags.js';

it.each<[string[], string[]]>([
  [
    ['--import', 'tsx', '-e', 'code'],
    ['--import', 'tsx'],
  ],
  [['-p', 'code', '--no-warnings'], ['--no-warnings']],
  [
    ['--eval=code', '--input-type=module', '--import', 'tsx'],
    ['--import', 'tsx'],
  ],
  [
    ['--input-type', 'module', '-pe', '--import', '--import', 'tsx'],
    ['--import', 'tsx'],
  ],
  [['--enable-source-maps'], ['--enable-source-maps']],
])('D7 of the flags %j a thread gets %j', (all, left) => {
  expect(withoutText(all)).toEqual(left);
});

it("D7 Node's refusal of a flag for threads is reported", () => {
  expect(whyRefused(['--enable-source-maps'])).toBeUndefined();
  expect(whyRefused(['--expose-gc', '--no-warnings', '--title=x'])).toMatch(
    /--expose-gc.*--title=x/,
  );
});
