// Makes bundles of the programs in ../esm: `node bundle.mjs <bundler> <cjs|esm> <folder>
// [external]`.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [bundler, format, outdir, external] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const here = import.meta.dirname;
const entries = {
  producer: join(here, '../esm/producer.mjs'),
  main: join(here, '../esm/main.mjs'),
  tasks: join(here, '../esm/tasks.mjs'),
  ...(!external && {
    'heartbeat-thread': '@drover/worker/heartbeat-thread',
    'task-thread': '@drover/worker/task-thread',
  }),
};
const extension = format === 'cjs' ? 'cjs' : 'mjs';

const bundlers = {
  async esbuild() {
    const { build } = await import('esbuild');
    await build({
      entryPoints: entries,
      outdir,
      bundle: true,
      platform: 'node',
      minify: true,
      format,
      outExtension: { '.js': `.${extension}` },
      logLevel: 'error',
      ...(external && { external: ['@drover/*'] }),
      ...(format === 'esm' && {
        banner: {
          js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
        },
      }),
    });
  },

  async rollup() {
    const { rollup } = await import('rollup');
    const commonjs = require('@rollup/plugin-commonjs');
    const json = require('@rollup/plugin-json');
    const { nodeResolve } = require('@rollup/plugin-node-resolve');
    const bundle = await rollup({
      input: entries,
      plugins: [
        nodeResolve({ preferBuiltins: true }),
        commonjs({ ignoreDynamicRequires: true }),
        json(),
      ],
      ...(external && { external: [/^@drover\//] }),
      onwarn: () => {},
    });
    await bundle.write({
      dir: outdir,
      format,
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `[name].${extension}`,
      inlineDynamicImports: false,
    });
  },

  async webpack() {
    const webpack = require('webpack');
    const isModule = format === 'esm';
    const stats = await new Promise((resolve, reject) => {
      webpack(
        {
          mode: 'none',
          target: 'node20',
          entry: entries,
          output: {
            path: outdir,
            filename: `[name].${extension}`,
            ...(isModule && { module: true, library: { type: 'module' } }),
          },
          ...(isModule && { experiments: { outputModule: true } }),
          ...(external && {
            externals: [/^@drover\//],
            externalsType: isModule ? 'module' : 'commonjs',
          }),
        },
        (error, result) => (error ? reject(error) : resolve(result)),
      );
    });
    if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  },
};

await bundlers[bundler]();
