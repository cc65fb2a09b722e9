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

/** What is in `backticks` in a text. */
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
