// Each line that the guides show of an example is in that example.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../kit/paths.js';
import { codeBlocksOf, read } from './markdown.js';

const guides = readdirSync(join(root, 'docs/guides')).filter((name) => name.endsWith('.md'));

const snippets = guides.flatMap((guide) =>
  codeBlocksOf(read(`docs/guides/${guide}`)).flatMap(({ code }) => {
    const [, example, shown = ''] = /^\/\/ (examples\/[\w-]+\.mjs)\n(.*)$/s.exec(code) ?? [];
    return example === undefined ? [] : [{ guide, example, shown }];
  }),
);

test('the guides show examples', () => {
  expect(snippets.length).toBeGreaterThan(0);
});

test.each(snippets)('$guide shows what stands in $example', ({ example, shown }) => {
  expect(unindented(read(example))).toContain(unindented(shown));
});

/** A snippet may stand deeper in the program than on the page. */
function unindented(code: string): string {
  return code.replace(/^ +/gm, '');
}
