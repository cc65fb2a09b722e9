// `npm run dev`: builds and tests again after each change, on one Redis.
//
//   node scripts/dev.mjs [jest's arguments …]   default: --quick
//
// Each round is `npm test`: compiler, Lua and entry points, then Jest. A change during a round ends
// it and begins the next one. Jest's own watch mode would run half a build, since the tests import
// the compiled packages.
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildPackages } from './build.mjs';
import { root } from './here.mjs';
import { ensureInstalled } from './install.mjs';
import { ensureRedis } from './redis.mjs';

const SOURCE = /\.(ts|lua|md)$/;
const BUILT = /(^|\/)(\.build|dist|node_modules)\/|\.generated\.ts$/;
/** For an editor that writes several files at once, in ms. */
const SETTLED = 100;

const given = process.argv.slice(2);
const args = given.length > 0 ? given : ['--quick'];

ensureInstalled();
buildPackages();
const redis = await ensureRedis();
const changes = new EventEmitter();
let isEnding = false;
for (const folder of sourceFolders())
  watch(join(root, folder), { recursive: true }, (_, file) => {
    if (file && SOURCE.test(file) && !BUILT.test(file)) changes.emit('change');
  });
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    isEnding = true;
    changes.emit('change');
  });

while (!isEnding) {
  const changed = once(changes, 'change');
  const tests = spawn(process.execPath, [join(root, 'scripts/run.mjs'), 'test', ...args], {
    stdio: 'inherit',
    env: { ...process.env, REDIS_URL: redis.url },
  });
  const ended = once(tests, 'exit');
  if ((await Promise.race([changed, ended.then(() => 'ended')])) === 'ended')
    console.log('drover: waits for a change; Ctrl-C ends');
  await changed;
  tests.kill('SIGTERM');
  await Promise.all([ended, pause(SETTLED)]);
}
await redis.stop();
process.exit(0);

function sourceFolders() {
  const packages = readdirSync(join(root, 'packages')).flatMap((name) =>
    ['src', 'test'].map((folder) => `packages/${name}/${folder}`),
  );
  return [...packages, 'test', 'chaos', 'scale', 'docs'];
}
