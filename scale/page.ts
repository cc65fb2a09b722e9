// The monitor as a process of its own, and what a page asks of it while it is open.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Ms between two polls of what the stream does not tell. */
const EVERY = 2_000;

/** Starts `drover dashboard`. */
export async function startMonitor(
  url: string,
  prefix: string,
): Promise<{ url: string; end: () => void }> {
  const manifest = createRequire(import.meta.url).resolve('@drover/monitor/openapi.json');
  const args = [join(dirname(manifest), 'dist/cli/drover.js'), 'dashboard', '--port', '0'];
  const child = spawn(process.execPath, [...args, '--json', '--prefix', prefix], {
    env: { ...process.env, REDIS_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => child.kill());
  const ended = once(child, 'close').then((): never => {
    throw new Error('the monitor has ended');
  });
  ended.catch(() => {}); // it is to end
  const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
  const address = JSON.parse(String(line)) as { url: string };
  return { url: address.url, end: () => void child.kill('SIGTERM') };
}

/** Opens it: the stream of events, and a page of a queue. */
export async function openPage(
  url: string,
  queue: string,
): Promise<{ close: () => Promise<number> }> {
  const gone = new AbortController();
  const { signal } = gone;
  let got = 0;
  const response = await fetch(`${url}api/events`, { signal });
  const reading = (async () => {
    for await (const _ of response.body as unknown as AsyncIterable<Uint8Array>) got++;
  })().catch(() => {});
  const poll = async (): Promise<void> => {
    for (const path of [`queues/${queue}/jobs`, `queues/${queue}/quotas`, 'dispatchers'])
      got += (await fetch(`${url}api/${path}`, { signal })).ok ? 1 : 0;
  };
  const look = (): void => void poll().catch(() => {});
  look();
  const timer = setInterval(look, EVERY);
  return {
    async close() {
      clearInterval(timer);
      gone.abort();
      await reading;
      return got;
    },
  };
}
