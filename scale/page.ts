// The monitor as a process of its own, and what a page asks of it while it is open.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Ms between two polls of what the stream does not tell. */
const EVERY = 2_000;

export interface MonitorProcess {
  url: string;
  /** CPU seconds that it has taken. */
  cpuSeconds: () => number;
  end: () => void;
}

/** Starts `drover dashboard`. */
export async function startMonitor(url: string, prefix: string): Promise<MonitorProcess> {
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
  return {
    url: address.url,
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    end: () => void child.kill('SIGTERM'),
  };
}

/** Ticks in a second, on every Linux. */
const TICKS = 100;

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the name of the program, which may hold spaces: user and system time are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Asks what the screen of a queue asks: the stream of events, and again and again its jobs. */
export async function openPage(
  url: string,
  queue: string,
): Promise<{ close: () => Promise<number> }> {
  const gone = new AbortController();
  const { signal } = gone;
  let got = 0;
  const stream = await fetch(`${url}api/events?without=completed`, { signal });
  const reading = (async () => {
    for await (const _ of stream.body as unknown as AsyncIterable<Uint8Array>) got++;
  })().catch(() => {});
  const poll = async (): Promise<void> => {
    const response = await fetch(`${url}api/queues/${queue}/jobs`, { signal });
    await response.arrayBuffer();
    got += response.ok ? 1 : 0;
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
