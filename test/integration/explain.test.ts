// Each situation of docs/guides/explain.md is made with real dispatchers and processes, and is
// explained with the sentence that the page has (O4). `DROVER_WRITE_PAGES=1` writes the page.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../kit/paths.js';
import { codeBlocksOf, read } from '../unit/docs/markdown.js';
import { dispatcher, shown } from './explain-scene.js';
import { situations } from './explain-situations.js';

const PAGE = 'docs/guides/explain.md';
const transcript = (): string =>
  (codeBlocksOf(read(PAGE)).find(({ language }) => language === 'text')?.code ?? '').trimEnd();
const COLUMNS = 100;

const told: string[] = [];

beforeAll(async () => await dispatcher.activate());

it.each(situations)('O4 says why: $title', async ({ title, make }) => {
  const { sentence } = await make();
  told.push([title, ...wrapped(shown(sentence), '  ')].join('\n'));
});

it('O4 the guide has these sentences', () => {
  const found = told.join('\n\n');
  if (process.env['DROVER_WRITE_PAGES'])
    writeFileSync(
      join(root, PAGE),
      read(PAGE).replace(`text\n${transcript()}\n`, () => `text\n${found}\n`),
    );
  expect(transcript()).toBe(found);
});

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && `${indent}${line} ${word}`.length > COLUMNS) {
      lines.push(indent + line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, indent + line];
}
