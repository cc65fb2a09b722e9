// What the compiler does not see: promises left alone, and imports of other packages. The order of
// the rooms in a package, and circles, are in .dependency-cruiser.mjs.
import stylistic from '@stylistic/eslint-plugin';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Modules that a part of the source must not import, also not as types. */
const mayNotImport = (message, ...regexes) => ({
  'no-restricted-imports': ['error', { patterns: regexes.map((regex) => ({ regex, message })) }],
});

/** Prettier leaves comments as they are, and texts that cannot be broken. */
const maxColumns = {
  '@stylistic/max-len': [
    'error',
    {
      code: 100,
      ignoreUrls: true,
      ignoreStrings: true,
      ignoreTemplateLiterals: true,
      ignoreRegExpLiterals: true,
      ignorePattern: '^\\s*// eslint-disable|^\\s*import .* from ',
    },
  ],
};

const rules = {
  ...maxColumns,
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/no-explicit-any': 'error',
  'import-x/no-relative-packages': 'error', // another package, by its name only
  'import-x/no-self-import': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  eqeqeq: 'error',
};

export default defineConfig(
  {
    ignores: ['**/dist/', '**/.build/', '**/coverage/', '**/*.generated.ts', 'test/load/projects/'],
  },
  {
    files: ['**/*.{ts,tsx}'],
    plugins: {
      '@stylistic': stylistic,
      '@typescript-eslint': tseslint.plugin,
      'import-x': importX,
    },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    settings: {
      'import-x/extensions': ['.ts', '.tsx', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [
        createNodeResolver({ extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } }),
      ],
    },
    rules,
  },
  { files: ['**/*.{js,mjs}'], plugins: { '@stylistic': stylistic }, rules: maxColumns },
  {
    files: ['packages/*/{src,page}/**/*.{ts,tsx}'],
    rules: {
      'max-lines': ['error', { max: 250 }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['packages/core/src/**/*.ts'],
    ignores: ['packages/core/src/store/bullmq/**'],
    rules: mayNotImport(
      'only packages/core/src/store/bullmq knows BullMQ, and core knows no other package',
      '^bullmq(/|$)',
      '^@drover/',
    ),
  },
  {
    files: ['packages/core/src/store/bullmq/**/*.ts'],
    rules: mayNotImport('core knows no other package', '^@drover/'),
  },
  {
    files: ['packages/worker/src/**/*.ts'],
    rules: mayNotImport(
      'worker imports @drover/core and its internals, and leaves BullMQ and Redis to core',
      '^bullmq(/|$)',
      '^ioredis(/|$)',
      '^@drover/(?!core(/internal(/heartbeat)?)?$)',
    ),
  },
  {
    files: ['packages/worker/src/testing/**/*.ts'],
    rules: mayNotImport(
      'the helpers for tests import @drover/core, its internals and its own helpers',
      '^bullmq(/|$)',
      '^ioredis(/|$)',
      '^@drover/(?!core(/(internal|testing))?$)',
    ),
  },
  {
    files: ['packages/composite/src/**/*.ts'],
    rules: mayNotImport(
      'composite uses only the public face of @drover/core (C6)',
      '^bullmq(/|$)',
      '^ioredis(/|$)',
      '^@drover/(?!core$)',
    ),
  },
  {
    files: ['packages/monitor/src/**/*.ts'],
    rules: mayNotImport(
      'monitor uses only the public face of @drover/core',
      '^bullmq(/|$)',
      '^ioredis(/|$)',
      '^@drover/(?!core$)',
    ),
  },
  {
    files: ['packages/monitor/page/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^@drover/|^\\.\\./\\.\\./(\\.\\./)*src/(?!text/)|^node:',
              message: 'the page knows types of the read model, and src/text, alone',
              allowTypeImports: true,
            },
          ],
        },
      ],
    },
  },
  {
    // The kit belongs to the tests of all packages; the model takes the worker's steps one by one.
    files: ['packages/*/test/**/*.ts', 'test/model/**/*.ts'],
    rules: { 'import-x/no-relative-packages': 'off' },
  },
  {
    files: ['**/*.test.ts'],
    rules: mayNotImport(
      'tests wait for events, else with `eventually` of test/kit/wait.ts',
      '^(node:)?timers/promises$',
    ),
  },
);
