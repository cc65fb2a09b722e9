// Writes docs/PROOFS.md: the tests that prove each rule of docs/RULES.md, by the numbers in their
// titles. With --check it writes nothing, and fails when that page is stale, when a rule has no
// test, or when a title cites a rule that is not there.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './here.mjs';

const page = join(root, 'docs/PROOFS.md');
const HEAD = `# The proofs

The tests whose titles cite a rule of [RULES](RULES.md), by its number. This page is written by
\`node scripts/rules.mjs\`, and \`npm run check\` fails when it is stale.
`;
/** How many titles of one file are shown. */
const SHOWN = 3;
const COLUMNS = 100;
/** Rules that are not built yet, or have no test yet. */
const LATER = new Set(['O2', 'O4']);

const RULE = /\b[A-Z]\d+\b/g;
/** A title cites rules at its beginning: "I5 …", "J2, J3 …", "C1 and C3 …". */
const CITED = /^[A-Z]\d+(?:(?:, | and |,)[A-Z]\d+)*(?=[ :])/;

const rulesIn = (title) => CITED.exec(title)?.[0].match(RULE) ?? [];

/** The titles of the tests in one file, with the rules that they or the groups around them cite. */
function testsOf(file) {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const tests = [];
  const visit = (node, cited) => {
    let inner = cited;
    if (ts.isCallExpression(node)) {
      const [kind] = /^(it|test|describe)\b/.exec(node.expression.getText(source)) ?? [];
      const [first] = node.arguments;
      const isRun = !/\.(failing|skip|todo)\b/.test(node.expression.getText(source));
      if (kind && isRun && first && ts.isStringLiteralLike(first)) {
        const rules = [...new Set([...cited, ...rulesIn(first.text)])];
        if (kind === 'describe') inner = rules;
        else tests.push({ file, title: first.text, rules });
      }
    }
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(source, []);
  return tests;
}

function proofOf(rule, tests) {
  const files = new Map();
  for (const { file, title, rules } of tests) {
    if (rules.includes(rule)) files.set(file, [...(files.get(file) ?? []), title]);
  }
  if (files.size === 0) return `## ${rule}\n\nNo test yet.\n`;
  const lines = [...files].map(([file, titles]) => {
    const shown = titles
      .slice(0, SHOWN)
      .map((title) => `“${title.replace(/[*_`<>|[\]]/g, '\\$&')}”`);
    const more = titles.length > SHOWN ? `, and ${titles.length - SHOWN} more` : '';
    return wrapped(`- \`${file}\`: ${shown.join(', ')}${more}`);
  });
  return `## ${rule}\n\n${lines.join('\n')}\n`;
}

/** An item of a list, wrapped to so many columns. */
function wrapped(item) {
  const lines = [''];
  for (const word of item.split(' ')) {
    const line = lines.at(-1);
    if (line !== '' && `${line} ${word}`.length > COLUMNS) lines.push(`  ${word}`);
    else lines.push(`${lines.pop()}${line && ' '}${word}`);
  }
  return lines.join('\n');
}

const rulesText = readFileSync(join(root, 'docs/RULES.md'), 'utf8');
const rules = [...rulesText.matchAll(/^- \*\*([A-Z]\d+)\*\* /gm)].map(([, rule]) => rule);
const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/test`);
const files = [...packages, 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true }).map((file) => `${folder}/${file}`),
);
const tests = files
  .filter((file) => file.endsWith('.test.ts'))
  .sort()
  .flatMap(testsOf);
const unknown = tests.filter((test) => test.rules.some((rule) => !rules.includes(rule)));
for (const { file, title } of unknown)
  console.error(`${file}: “${title}” cites a rule that is not in docs/RULES.md`);
const unproved = rules.filter(
  (rule) => !LATER.has(rule) && !tests.some((test) => test.rules.includes(rule)),
);
for (const rule of unproved) console.error(`docs/RULES.md: no test cites ${rule}`);

const wanted = [HEAD, ...rules.map((rule) => proofOf(rule, tests))].join('\n');
if (process.argv.includes('--check')) {
  const isStale = !existsSync(page) || readFileSync(page, 'utf8') !== wanted;
  if (isStale) console.error('docs/PROOFS.md is stale: node scripts/rules.mjs');
  process.exitCode = !isStale && unproved.length === 0 && unknown.length === 0 ? 0 : 1;
} else {
  writeFileSync(page, wanted);
}
