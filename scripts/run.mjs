// Runs one command of this repository with all it needs: dependencies, a build, a Redis.
//
//   node scripts/run.mjs test [--quick] [jest's arguments …]   --quick: units and usage alone
//   node scripts/run.mjs demo|bench|… [arguments …]             runs <name>/main.ts
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackages, buildPrograms } from './build.mjs';
import { ensureChromium } from './chromium.mjs';
import { runChild } from './child.mjs';
import { root } from './here.mjs';
import { ensureInstalled } from './install.mjs';
import { ensureRedis } from './redis.mjs';

const [name, ...args] = process.argv.slice(2);
if (name !== 'test' && !(name && existsSync(join(root, name, 'main.ts')))) {
  console.error(
    `drover: nothing to run: ${name ?? 'no name given'} (there is no ${name ?? '<name>'}/main.ts)`,
  );
  process.exit(2);
}

ensureInstalled();
buildPackages();
const isTest = name === 'test';
buildPrograms(isTest ? ['test', 'chaos', 'scale'] : [name]);
if (isTest && process.env.DROVER_LOAD !== undefined) ensureChromium();
// The Redis of the tests has a password of this run. No output may show it (B2).
const secret = isTest ? `password-${randomBytes(8).toString('hex')}` : undefined;
const redis = await ensureRedis(secret && `${secret}/@:%`);

const [file, nodeOptions] = isTest
  ? [
      'node_modules/jest/bin/jest.js',
      '--experimental-vm-modules --disable-warning=ExperimentalWarning',
    ]
  : [`${name}/.build/main.js`, ''];
if (isTest) {
  const quick = args.indexOf('--quick');
  // At the end: Jest reads all that follows as names of projects.
  if (quick !== -1) {
    args.splice(quick, 1);
    args.push('--selectProjects', 'unit', 'usage');
  }
  // Jest writes to a pipe, which is searched for the password, and would leave out its colours.
  if (process.stdout.isTTY) args.unshift('--colors');
}
const env = {
  ...process.env,
  REDIS_URL: redis.url,
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${nodeOptions}`.trim(),
  ...(secret && { DROVER_TEST_SECRET: secret }),
};
const status = await runChild([join(root, file), ...args], env, secret);
await redis.stop();
process.exit(status);
