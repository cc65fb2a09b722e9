// Starts a private Redis as `npm test` does, tells where, and lives on until it is killed.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../paths.js';

interface RedisModule {
  ensureRedis(): Promise<{ url: string }>;
}

const module = (await import(pathToFileURL(join(root, 'scripts/redis.mjs')).href)) as RedisModule;
process.send?.(await module.ensureRedis());
// The server does not keep this process alive.
setInterval(() => {}, 60_000);
