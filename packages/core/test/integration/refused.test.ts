// A Redis that refuses the connection until a setting is changed: each call rejects at once and
// names the cure (B2, B3).
import { defineTask, Queue, UnsupportedError } from '@drover/core';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { inspect } from 'node:util';
import { startRedis, type RedisServer } from '../../../../test/kit/redis-server.js';
import { password, wrongPassword } from '../../../../test/kit/secret.js';

const work = defineTask('refused.work', () => {});
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({
    args: [
      '--databases',
      '4',
      '--requirepass',
      password,
      '--user',
      'weak',
      'on',
      `>${password}`,
      '+ping',
      '+hello',
    ],
  });
});

/** A server that is no Redis. */
let http: ReturnType<typeof createServer>;
beforeAll(() => {
  http = createServer((socket) =>
    socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  );
  http.listen(0, '127.0.0.1');
});
afterAll(() => void http.close());

const urlWith = (user: string, secret: string): string =>
  server.url.replace('redis://', `redis://${user}:${encodeURIComponent(secret)}@`);

it.each<[string, () => string, RegExp]>([
  [
    'a wrong password',
    () => urlWith('', wrongPassword),
    /refuses the user or the password \(WRONGPASS/,
  ],
  ['an unknown user', () => urlWith('nobody', password), /refuses the user or the password/],
  ['no password', () => server.url, /wants a password \(NOAUTH/],
  [
    'a database that is not there',
    () => `${urlWith('', password)}/9`,
    /\(database 9\) does not have that database/,
  ],
  [
    'a user without rights',
    () => urlWith('weak', password),
    /does not allow its user all .*"Least rights"/,
  ],
  [
    'no Redis at all',
    () => `redis://127.0.0.1:${(http.address() as AddressInfo).port}`,
    /answers in another protocol/,
  ],
])(
  'B3 with %s, a put, a read and a wait reject at once, and the queue can be closed',
  async (_what, url, says) => {
    const queue = new Queue('refused', { connection: url() });
    const errors = await Promise.all(
      [
        queue.put(work.job()),
        queue.length(),
        queue.get('01990000-0000-7000-8000-000000000000'),
      ].map((call) =>
        call.then(
          () => undefined,
          (error: unknown) => error as Error,
        ),
      ),
    );
    await queue.close();
    for (const error of errors) {
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error?.message).toMatch(says);
      expect(error?.message).toMatch(/^Redis at 127\.0\.0\.1:\d+/);
      for (const secret of [wrongPassword, password])
        expect(inspect(error, { depth: 9 })).not.toContain(secret);
    }
  },
);

it('B3 a later refusal rejects calls too, and ends when the setting is mended', async () => {
  const admin = new Redis(urlWith('', password));
  const queue = new Queue('refused', { connection: `${urlWith('', password)}/1` });
  await queue.put(work.job());
  await admin.config('SET', 'requirepass', `${password}-new`);
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await expect(queue.put(work.job())).rejects.toThrow(/refuses the user or the password/);
  await admin.config('SET', 'requirepass', password);
  await queue.put(work.job());
  await queue.close();
  admin.disconnect();
});
