// Reads the repository's Markdown: its tables, code blocks, headings and links.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../kit/paths.js';

export interface Table {
  header: string[];
  rows: string[][];
}

export interface CodeBlock {
  language: string;
  code: string;
  /** From a first line such as `// first-job.mjs`: it can be run. */
  file?: string;
}

export interface Link {
  text: string;
  target: string;
}

const FENCE = /^```(\w*)\n(.*?)^```$/gms;
/** Also a code block inside a list. */
const INDENTED_FENCE = /^ *```\w*\n.*?^ *```$/gms;
const LIST_MARK = /^ *(?:[-*+]|\d+\.) +/;
/** A link, or code, with the marks that stick to it. */
const UNBREAKABLE = /\S*(?:\[[^\]]*\]\([^)\s]+\)|`[^`]+`)\S*/g;

/** The text of a file, by its path in the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The tables of a page, in order; cells are trimmed. */
export function tablesOf(markdown: string): Table[] {
  const tables = withoutCode(markdown).match(/(?:^\|.*\|$\n?)+/gm) ?? [];
  return tables.map((text) => {
    const [header = [], , ...rows] = text.trim().split('\n').map(cellsOf);
    return { header, rows };
  });
}

/** The one table whose first column has that title. */
export function tableOf(markdown: string, firstColumn: string): Table {
  const found = tablesOf(markdown).filter(({ header }) => header[0] === firstColumn);
  if (found.length !== 1)
    throw new Error(`${found.length} tables whose first column is "${firstColumn}"`);
  return found[0] as Table;
}

export function codeBlocksOf(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(FENCE)].map(([, language = '', code = '']) => {
    const file = /^\/\/ ([\w-]+\.[mc]js)\n/.exec(code)?.[1];
    return { language, code, ...(file !== undefined && { file }) };
  });
}

/** The parts of a text in `backticks`. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
}

/** The links of a page; a text that is broken over two lines is one line again. */
export function linksOf(markdown: string): Link[] {
  const links = withoutCode(markdown).matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g);
  return [...links].map(([, text = '', target = '']) => ({
    text: text.replace(/\s+/g, ' '),
    target,
  }));
}

/** The names by which links can point to the headings of a page, as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  const headings = withoutCode(markdown).matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** The lines of prose that a break could make shorter: no code, no table, no single long link. */
export function wrappableLinesOf(markdown: string): string[] {
  return withoutAnyCode(markdown)
    .split('\n')
    .filter((line) => !line.startsWith('|'))
    .filter((line) => /\S\s+\S/.test(line.replace(LIST_MARK, '').replace(UNBREAKABLE, 'x')));
}

/** The sentences of prose, of items of lists and of cells of tables; headings are none. */
export function sentencesOf(markdown: string): string[] {
  const lines = withoutAnyCode(markdown).split('\n');
  const texts = [''];
  for (const line of lines) {
    if (line.startsWith('|')) texts.push(...cellsOf(line), '');
    else if (line.trim() === '' || line.startsWith('#')) texts.push('');
    else if (LIST_MARK.test(line)) texts.push(line.replace(LIST_MARK, ''));
    else texts.push(`${texts.pop()} ${line.trim()}`);
  }
  return texts.flatMap((text) =>
    text
      .replace(/\*\*/g, '')
      .trim()
      .split(/(?<=[.!?]) +/),
  );
}

function withoutAnyCode(markdown: string): string {
  return markdown.replace(INDENTED_FENCE, '');
}

/** A page without its code blocks. */
export function withoutCode(markdown: string): string {
  return markdown.replace(FENCE, '');
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}
