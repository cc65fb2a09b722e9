// The pages are plain prose: lines of at most 100 columns, and sentences that name their subject.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../kit/paths.js';
import { read, sentencesOf, wrappableLinesOf } from './markdown.js';

const COLUMNS = 100;
/** A sentence that begins so hides its subject, unless it is a question. */
const RIDDLE = /^(?:What|Who|Whoever|Nobody|Somebody|Those (?:that|who|which))\b(?!.*\?$)/;
/**
 * Written by `node scripts/rules.mjs`: it has titles of tests, which are no sentences of the page.
 */
const WITHOUT_SENTENCES = new Set(['docs/PROOFS.md']);

const NO_SOURCE = /^(?:node_modules|dist|output|\..*)$/;

function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NO_SOURCE.test(entry.name) ? [] : pagesIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const pages = pagesIn('.');

test('each page of the repository is looked at', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/protocol/keys.md']));
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it(`has lines of at most ${COLUMNS} columns`, () => {
    expect(wrappableLinesOf(text).filter((line) => line.length > COLUMNS)).toEqual([]);
  });

  if (WITHOUT_SENTENCES.has(page)) return;

  it('names the subject of each sentence', () => {
    expect(sentencesOf(text).filter((sentence) => RIDDLE.test(sentence))).toEqual([]);
  });
});

describe('the check itself', () => {
  const long = 'word '.repeat(21).trim();

  it.each([
    ['prose', long],
    ['an item of a list', `- ${long}`],
    ['a line with a link', `${long} [link](target.md)`],
  ])('finds a long line: %s', (_, line) => {
    expect(wrappableLinesOf(line)).toEqual([line]);
  });

  it.each([
    ['code', `\`\`\`js\n${long}\n\`\`\``],
    ['code in a list', `- item\n\n  \`\`\`js\n  ${long}\n  \`\`\``],
    ['a table', `| ${long} |\n| --- |\n| ${long} |`],
    ['a link that cannot be broken', `  [${long}](target.md),`],
    ['code that cannot be broken', `- \`${long}\`.`],
  ])('leaves out %s', (_, text) => {
    expect(wrappableLinesOf(text).filter((line) => line.length > COLUMNS)).toEqual([]);
  });

  it.each([
    ['the first sentence', 'What is stored stays.'],
    ['a later one, over a line', 'It stays. Nobody\nreads it.'],
    ['a cell', '| a | b |\n| --- | --- |\n| c | Who claims it |'],
    ['an item', '- one\n- Whoever comes second waits.'],
    ['after a bold beginning', '- **Two at once.** Those that lose wait.'],
    ['a bold beginning', '**What is proved**: all.'],
  ])('finds a riddle: %s', (_, text) => {
    expect(sentencesOf(text).filter((sentence) => RIDDLE.test(sentence))).toHaveLength(1);
  });

  it.each([
    ['a question', 'Who holds it? Its lock says so.'],
    ['a heading', '## What a task leaves behind'],
    ['code', '```text\nWhat is this\n```'],
    ['a word in a sentence', 'It says what is stored, and who reads it.'],
  ])('leaves out %s', (_, text) => {
    expect(sentencesOf(text).filter((sentence) => RIDDLE.test(sentence))).toEqual([]);
  });
});
