// Each link in the documentation leads somewhere, and the tests that it cites are there.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../kit/paths.js';
import { anchorsOf, linksOf, read } from './markdown.js';

const folders = [
  '.',
  'docs',
  'docs/adr',
  'docs/guides',
  'docs/protocol',
  'examples',
  'packages/core',
  'packages/worker',
  'packages/composite',
  'packages/monitor',
  'test/usage',
];
const pages = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

const links = pages.flatMap((page) =>
  linksOf(read(page))
    .filter(({ target }) => !/^https?:/.test(target))
    .map(({ text, target }) => {
      const [path = '', anchor] = target.split('#');
      return { page, text, target, file: path === '' ? page : join(dirname(page), path), anchor };
    }),
);

test.each(links)('$page: $target', ({ file, anchor }) => {
  expect(existsSync(join(root, file))).toBe(true);
  if (anchor !== undefined) expect(anchorsOf(read(file))).toContain(anchor);
});

const cited = links.filter(({ file, text }) => file.endsWith('.test.ts') && !file.endsWith(text));

test.each(cited)('$page cites the test "$text"', ({ file, text }) => {
  expect(read(file)).toContain(text);
});

test('each decision is in the index', () => {
  const index = linksOf(read('docs/adr/README.md')).map(({ target }) => target);
  expect(index).toEqual(
    pages
      .filter((page) => /^docs\/adr\/\d/.test(page))
      .map((page) => page.slice('docs/adr/'.length))
      .sort(),
  );
});

test('each section of the usage document is in its index', () => {
  const index = linksOf(read('test/usage/README.md')).map(({ target }) => target);
  const files = readdirSync(join(root, 'test/usage')).filter((name) => name.endsWith('.test.ts'));
  expect(index.filter((target) => target.endsWith('.test.ts')).sort()).toEqual(files.sort());
});
