// Runs one command of this repository with all it needs: dependencies, a build, a Redis.
//
//   node scripts/run.mjs test [jest's arguments …]
//   node scripts/run.mjs demo|bench|… [arguments …]   runs <name>/main.ts
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { buildPackages, buildPrograms } from './build.mjs';
import { root } from './here.mjs';
import { ensureInstalled } from './install.mjs';
import { ensureRedis } from './redis.mjs';

const [name, ...args] = process.argv.slice(2);
if (name !== 'test' && !(name && existsSync(join(root, name, 'main.ts')))) {
  console.error(`drover: nothing to run: ${name ?? 'no name given'} (there is no ${name ?? '<name>'}/main.ts)`);
  process.exit(2);
}

ensureInstalled();
buildPackages();
buildPrograms(name === 'test' ? ['test', 'chaos', 'scale'] : [name]);
const redis = await ensureRedis();

const [file, nodeOptions] =
  name === 'test'
    ? ['node_modules/jest/bin/jest.js', '--experimental-vm-modules --disable-warning=ExperimentalWarning']
    : [`${name}/.build/main.js`, ''];
const child = spawn(process.execPath, [join(root, file), ...args], {
  stdio: 'inherit',
  env: {
    ...process.env,
    REDIS_URL: redis.url,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${nodeOptions}`.trim(),
  },
});
// A terminal's ^C reaches the child by itself; what is sent to us alone is passed on. Either way we end after it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));

child.once('exit', async (code, signal) => {
  await redis.stop();
  process.exit(code ?? 128 + constants.signals[signal]);
});
