// Which flags of its process a task thread gets, where the program is given as text (D7).
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
])('D7 of %j are left %j', (all, left) => {
  expect(withoutText(all)).toEqual(left);
});

it('D7 Node says which flags it refuses for a thread', () => {
  expect(whyRefused(['--enable-source-maps'])).toBeUndefined();
  expect(whyRefused(['--expose-gc', '--no-warnings', '--title=x'])).toMatch(
    /--expose-gc.*--title=x/,
  );
});
