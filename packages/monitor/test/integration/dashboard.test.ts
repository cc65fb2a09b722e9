// `drover dashboard`: who may reach it, who may use it, and how it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';
import { readEvents } from './event-reader.js';
import { droverIn, program, type Ran, type RunOptions } from './drover.js';
import { sent } from './monitor-requests.js';

const context = testContext('dashboard');
const PASSWORD = 'open:sesame';
const basic = (credentials: string) => ({
  authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
});

interface Dashboard {
  /** With a slash at the end. */
  url: string;
  /** Ends it as Ctrl-C does. */
  end(): Promise<Ran>;
}

async function dashboard(
  args: readonly string[] = [],
  options: RunOptions = {},
  place: Pick<typeof context, 'redisUrl' | 'prefix'> = context,
): Promise<Dashboard> {
  const ending = new AbortController();
  cleanUpLater(() => ending.abort());
  let seen = '';
  let ran: Promise<Ran> | undefined;
  const url = await new Promise<string>((resolve, reject) => {
    const onOut = (text: string): void => {
      const found = /http:\S+\//.exec((seen += text))?.[0];
      if (found) resolve(found);
    };
    const all = ['dashboard', '--port', '0', ...args];
    ran = droverIn(place)(all, { ...options, signal: ending.signal, onOut });
    void ran.then(({ err }) => reject(new Error(err)));
  });
  const end = async () => {
    ending.abort();
    return (await ran) as Ran;
  };
  return { url, end };
}

it('D10 serves the page and the API on loopback until it is ended, and leaves no connection', async () => {
  const redis = await startRedis();
  const admin = new Redis(redis.url);
  cleanUpLater(() => admin.disconnect());
  const clients = async () =>
    String(await admin.client('LIST'))
      .trim()
      .split('\n').length;
  const before = await clients();
  const { url, end } = await dashboard([], {}, { redisUrl: redis.url, prefix: '{drover}' });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect((await fetch(url)).headers.get('content-type')).toMatch(/^text\/html/);
  expect((await fetch(`${url}api/status`)).status).toBe(200);
  const reader = await readEvents((init) => fetch(`${url}api/events`, init));
  await eventually(() => reader.events.length > 0);
  expect(await clients()).toBeGreaterThan(before);
  expect(await end()).toMatchObject({ code: 0, err: '' });
  await reader.ended;
  await eventually(async () => (await clients()) === before);
  await expect(fetch(url)).rejects.toThrow();
});

it('B2 asks for the user and the password, and names the user in the audit', async () => {
  for (const [args, env] of [
    [['--auth', `ann:${PASSWORD}`], {}],
    [[], { DROVER_AUTH: `ann:${PASSWORD}` }],
  ] as const) {
    const { url, end } = await dashboard(args, { env });
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${url}api/status`, { headers })).status;
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="Drover", charset="UTF-8"',
    ]);
    for (const wrong of ['ann:open', 'bob:open:sesame', 'ann:open:sesame2', 'ann', ''])
      expect([wrong, await status(basic(wrong))]).toEqual([wrong, 401]);
    expect(await status({ authorization: `Bearer ${PASSWORD}` })).toBe(401);
    const headers = { ...sent, ...basic(`ann:${PASSWORD}`) };
    expect(await status(headers)).toBe(200);
    const paused = await fetch(`${url}api/queues/none/pause`, {
      ...{ method: 'POST', headers, body: '{}' },
    });
    expect(paused.status).toBe(404);
    const { out, err } = await end();
    expect(JSON.parse(err)).toMatchObject({ who: 'ann', error: 'NOT_FOUND' });
    expect(out + err).not.toContain('sesame');
  }
});

it('B2 --read-only has no action', async () => {
  const { url, end } = await dashboard(['--read-only']);
  const paused = await fetch(`${url}api/queues/none/pause`, {
    ...{ method: 'POST', headers: sent, body: '{}' },
  });
  expect([paused.status, await paused.text()]).toEqual([
    403,
    expect.stringContaining('READ_ONLY') as string,
  ]);
  await end();
});

it('B2 --host lets the network in only with a password, or to look with --i-know', async () => {
  const host = ['--host', '0.0.0.0'];
  for (const args of [host, [...host, '--read-only'], [...host, '--i-know']]) {
    const { code, err } = await droverIn(context)(['dashboard', '--port', '0', ...args]);
    expect([args, code]).toEqual([args, 2]);
    expect(err).toContain('lets the network use the page: give --auth');
  }
  for (const args of [
    ['--auth', `ann:${PASSWORD}`],
    ['--read-only', '--i-know'],
  ]) {
    const { url, end } = await dashboard([...host, ...args]);
    expect(url).toMatch(/^http:\/\/0\.0\.0\.0:/);
    expect((await end()).code).toBe(0);
  }
  const local = await dashboard(['--host', 'localhost']);
  await local.end();
});

it('B2 a wrong use shows no password', async () => {
  for (const args of [
    ['--auth', 'sesame'],
    ['--auth', 'ann:'],
    ['--auth', ':sesame'],
    ['--aut=ann:sesame'],
    ['--port', '70000', '--auth', 'ann:sesame'],
  ]) {
    const { code, out, err } = await droverIn(context)(['dashboard', ...args]);
    expect([args, code]).toEqual([args, 2]);
    expect(out + err).not.toContain('sesame');
  }
});

it('B2 without a password the page of another site cannot reach it by a name of its own', async () => {
  const { url, end } = await dashboard();
  const statusOf = async (host: string): Promise<number | undefined> =>
    await new Promise((resolve, reject) => {
      const asked = request(`${url}api/status`, { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on('error', reject).end();
    });
  expect(await statusOf('evil.example')).toBe(403);
  expect(await statusOf('evil.example:80')).toBe(403);
  for (const host of ['localhost:9465', '127.0.0.1', '[::1]:80'])
    expect([host, await statusOf(host)]).toEqual([host, 200]);
  await end();
});

it.each(['SIGINT', 'SIGTERM'] as const)('D6 %s ends it, also with an open page', async (signal) => {
  const args = [program, 'dashboard', '--port', '0', '--prefix', context.prefix];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '', REDIS_URL: context.redisUrl },
  });
  cleanUpLater(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const [data] = (await once(child.stdout, 'data')) as [Buffer];
  const url = /http:\S+\//.exec(String(data))?.[0] ?? '';
  const reader = await readEvents((init) => fetch(`${url}api/events`, init));
  child.kill(signal);
  expect(await ended).toEqual([0, null]);
  await reader.ended;
});
