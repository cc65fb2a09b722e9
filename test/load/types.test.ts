// The types of the packages in each TypeScript and with each setting of modules: results have their
// types, and nothing is reported.
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../kit/paths.js';
import { cellsOf, folder, node, PATIENCE } from './matrix.js';

interface Setting {
  /** That of the project's package.json. */
  type: 'commonjs' | 'module';
  compilerOptions: Record<string, unknown>;
}

const settings: Record<string, Setting> = {
  'commonjs, node10': {
    type: 'commonjs',
    compilerOptions: { module: 'commonjs', moduleResolution: 'node10' },
  },
  'node16, CommonJS': { type: 'commonjs', compilerOptions: { module: 'node16' } },
  'node16, ES modules': { type: 'module', compilerOptions: { module: 'node16' } },
  // Here the declarations of the packages are checked too.
  'nodenext, CommonJS': {
    type: 'commonjs',
    compilerOptions: { module: 'nodenext', skipLibCheck: false, skipDefaultLibCheck: true },
  },
  'nodenext, ES modules': { type: 'module', compilerOptions: { module: 'nodenext' } },
  'esnext, bundler': {
    type: 'module',
    compilerOptions: { module: 'esnext', moduleResolution: 'bundler' },
  },
  'preserve, bundler': {
    type: 'module',
    compilerOptions: { module: 'preserve', moduleResolution: 'bundler' },
  },
};

const typescripts: Record<string, string> = {
  '5.5': 'test/load/typescript-5.5/node_modules/typescript',
  '5.7': 'test/load/typescript-5.7/node_modules/typescript',
  '5.9': 'test/load/typescript-5.9/node_modules/typescript',
  '6.0': 'node_modules/typescript',
  '7.0': 'test/load/typescript-7.0/node_modules/typescript',
};

const cells = cellsOf('TypeScript');
const projectOf = (version: string, row: string): string =>
  join(folder, 'types', version, row.replace(', ', '-').replace(' ', '-'));

async function makeProject(version: string, row: string): Promise<string> {
  const { type, compilerOptions } = settings[row] as Setting;
  const project = projectOf(version, row);
  await mkdir(project, { recursive: true });
  await cp(join(folder, 'types/use.ts'), join(project, 'use.ts'));
  await writeFile(join(project, 'package.json'), JSON.stringify({ type }));
  const common = {
    target: 'ES2022',
    lib: ['ES2022'],
    types: ['node'],
    strict: true,
    esModuleInterop: true,
    noEmit: true,
    skipLibCheck: true,
  };
  // TypeScript 6 has node10 still, where it is told that this is known.
  const known = version === '6.0' && row.includes('node10') ? { ignoreDeprecations: '6.0' } : {};
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...common, ...known, ...compilerOptions } }),
  );
  return project;
}

test('each TypeScript and each setting is in the guide', () => {
  expect([...new Set(cells.map(({ row }) => row))]).toEqual(Object.keys(settings));
  expect([...new Set(cells.map(({ column }) => column))]).toEqual(Object.keys(typescripts));
});

describe.each(Object.entries(typescripts))('TypeScript %s', (version, path) => {
  const rows = cells.filter(({ column }) => column === version).map(({ row }) => row);
  let findings: Promise<Record<string, string[]>>;

  beforeAll(async () => {
    const projects = await Promise.all(rows.map((row) => makeProject(version, row)));
    const program = version === '7.0' ? 'compile-types.mjs' : 'check-types.mjs';
    const args = [join(root, 'test/load', program), join(root, path), ...projects];
    findings = node(folder, args).then(
      (written) => JSON.parse(written) as Record<string, string[]>,
    );
    await findings;
  }, PATIENCE);

  test.each(rows)('%s', async (row) => {
    const found = await findings;
    expect(found[projectOf(version, row)]).toEqual([]);
  });
});
