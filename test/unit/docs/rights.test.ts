// The least rights in the guide name each command that a script of Drover's can call (B3).
import { allScripts } from '../../kit/faults/script-names.js';
import { read } from './markdown.js';

const lines = [...read('docs/guides/operating.md').matchAll(/^ACL SETUSER (\S+) (.*)$/gm)].map(
  ([, user = '', rules = '']) => ({ user, rights: new Set(rules.split(' ')) }),
);
it.each(lines)('B3 $user may call all that the scripts call', async ({ rights }) => {
  const scripts = (await allScripts()).filter(({ of }) => of === 'Drover');
  const calls = scripts.flatMap(({ name, text }) =>
    [...text.matchAll(/redis\.p?call\(\s*'(\w+)'/g)].map(([, command = '']) => ({
      name,
      command: command.toLowerCase(),
    })),
  );
  expect(calls.length).toBeGreaterThan(100);
  expect(calls.filter(({ command }) => !rights.has(`+${command}`))).toEqual([]);
});
