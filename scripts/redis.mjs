// Finds a Redis for a command: $REDIS_URL, else a private server that ends with this process. If no
// server is installed, it installs the system's package.
import { connect } from 'node:net';
import { installPackages } from './apt.mjs';

const guardedServer = new URL(
  '../packages/core/dist/testing/redis/guarded-server.js',
  import.meta.url,
).href;

const advice =
  'drover: no Redis found: install redis-server (or valkey-server), ' +
  'or set REDIS_URL to one that runs';

/**
 * @param {string} [password] of a private server
 * @returns {Promise<{ url: string, stop(): Promise<void> }>}
 */
export async function ensureRedis(password) {
  const { REDIS_URL } = process.env;
  if (REDIS_URL) return theirs(REDIS_URL);
  const start = () => startPrivate(password);
  const redis =
    (await start()) ?? (installPackages('Redis', 'redis-server') ? await start() : undefined);
  return redis ?? giveUp(advice);
}

async function theirs(url) {
  if (!URL.canParse(url)) giveUp('drover: REDIS_URL is not a URL such as redis://127.0.0.1:6379');
  const { hostname, port } = new URL(url);
  const address = `${hostname}:${port || 6379}`; // without the password
  if (!(await listens(hostname.replace(/^\[|\]$/g, ''), Number(port || 6379)))) {
    giveUp(`drover: nothing listens at REDIS_URL (${address})`);
  }
  return { url, stop: async () => {} };
}

function listens(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 5_000 });
    const answer = (is) => resolve(is) || socket.destroy();
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}

/** Undefined where no server is installed. */
async function startPrivate(password) {
  // The packages are built by now.
  const { startGuardedServer, NoServerError } = await import(guardedServer);
  const args = password === undefined ? [] : ['--requirepass', password];
  const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  try {
    const { port, stop } = await startGuardedServer(args);
    return { url: `redis://${credentials}127.0.0.1:${port}`, stop };
  } catch (error) {
    if (error instanceof NoServerError) return undefined;
    giveUp(`drover: redis-server is installed and does not start: ${error.message}`);
  }
}

function giveUp(line) {
  console.error(line);
  process.exit(1);
}
