// Four projects: units (no Redis), integration (a Redis, other processes), usage (as a user meets
// it), catastrophes (processes that die). In CI, and with `npm run test:load`, also load (the
// packed packages in bundlers, test runners and compilers), tools (the commands bench and scale)
// and browser (the page of the monitor in Chromium); and by itself, with `npm run test:nightly`,
// what takes long. Types are not checked here but by `npm run check`; `@drover/*` is what ships:
// the built dist of the packages.

const source = {
  testEnvironment: '<rootDir>/test/environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  resolver: '<rootDir>/test/resolver.cjs',
  modulePathIgnorePatterns: ['/\\.build/', '/test/load/projects/'],
  transform: {
    '^.+\\.ts$': [
      'ts-jest',
      {
        useESM: true,
        tsconfig: {
          target: 'ES2023',
          module: 'ESNext',
          moduleResolution: 'Bundler',
          isolatedModules: true,
          verbatimModuleSyntax: true,
          esModuleInterop: true,
          sourceMap: true,
        },
      },
    ],
  },
};

const project = (displayName, ...testMatch) => ({
  ...source,
  displayName,
  testMatch: testMatch.map(
    (glob) => `<rootDir>/${glob.endsWith('.ts') ? glob : `${glob}/**/*.test.ts`}`,
  ),
});

/** Composites are packed here unless they say otherwise: each rule holds with packs too (C5). */
const packed = {
  ...project('packed', 'packages/{composite,worker}/test/integration', 'test/usage'),
  testPathIgnorePatterns: ['/packs[^/]*\\.test\\.ts$'],
  moduleNameMapper: {
    '^@drover/composite$': '<rootDir>/test/kit/packed-composite.ts',
  },
};

/** What takes long runs by itself: `npm run test:nightly`. */
const isNightly = process.env.DROVER_NIGHTLY !== undefined;

/** In CI and with `npm run test:load`: packed packages in other programs, commands, the page. */
const isLoading = process.env.DROVER_LOAD !== undefined;
const load = {
  ...project('load', 'test/load'),
  globalSetup: '<rootDir>/test/load/setup.mjs',
  globalTeardown: '<rootDir>/test/load/teardown.mjs',
};

export default {
  // On two cores: many tests wait, for a death or a time, while others run.
  maxWorkers: 4,
  // Tests of one file that run side by side: they share two cores with two other files.
  maxConcurrency: 3,
  testTimeout: 60_000,
  projects: isNightly
    ? [
        project(
          'nightly',
          'test/nightly',
          'test/catastrophes/{chaos,crash-points,many-holders,puts,random-composites,retry}.test.ts',
          'test/integration/{bad-input,damaged-records,faulty-writes,model}.test.ts',
          'test/integration/random-{composites,handles}.test.ts',
          'packages/core/test/integration/keyed-quota-rounds.test.ts',
        ),
        packed,
      ]
    : [
        project('unit', 'packages/*/test/unit', 'test/unit', '{bench,chaos}/test/unit'),
        project(
          'integration',
          'packages/*/test/integration',
          'test/integration',
          '{bench,chaos}/test/integration',
        ),
        project('usage', 'test/usage'),
        project('catastrophes', 'test/catastrophes'),
        ...(isLoading
          ? [
              load,
              project('tools', 'test/tools', 'bench/test/tools'),
              project('browser', 'packages/*/test/browser'),
            ]
          : []),
      ],
};
