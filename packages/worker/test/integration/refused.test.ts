// A dispatcher that Redis refuses: activate rejects at once, and may be called again when the
// setting is mended (B2, B3).
import { UnsupportedError } from '@drover/core';
import { Redis } from 'ioredis';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { startRedis, type RedisServer } from '../../../../test/kit/redis-server.js';
import { password, wrongPassword } from '../../../../test/kit/secret.js';

let server: RedisServer;
let admin: Redis;
beforeAll(async () => {
  server = await startRedis({
    args: ['--databases', '4', '--user', 'me', 'on', `>${password}`, '+@all', '-info'],
  });
  admin = new Redis(server.url);
});
afterAll(() => admin.disconnect());

const urlWith = (secret: string): string =>
  server.url.replace('redis://', `redis://me:${encodeURIComponent(secret)}@`);

it.each<[string, () => string, RegExp]>([
  ['a wrong password', () => urlWith(wrongPassword), /refuses the user or the password/],
  ['a database that is not there', () => `${server.url}/9`, /does not have that database/],
  [
    'a user without rights',
    () => urlWith(password),
    /does not allow its user all that Drover needs \(NOPERM/,
  ],
])(
  'B3 with %s activate rejects at once, and the dispatcher stays new',
  async (_what, url, says) => {
    const warned: string[] = [];
    const note = (_about: unknown, text?: string): void => void warned.push(String(text));
    const level = { trace() {}, debug() {}, info() {}, warn: note, error: note, fatal: note };
    const logger = { ...level, child: () => level };
    const dispatcher = dispatchersIn({ redisUrl: url(), prefix: '{refused}' } as never).make(
      'jobs',
      {
        logger: logger as never,
      },
    );
    const activating = dispatcher.activate();
    await expect(activating).rejects.toThrow(UnsupportedError);
    await expect(activating).rejects.toThrow(says);
    expect(dispatcher.status).toBe('new');
    expect(warned).toEqual([]);
    await dispatcher.deactivate();
  },
);

it('B3 activate may be called again when the setting is mended', async () => {
  const dispatcher = dispatchersIn({
    redisUrl: urlWith(wrongPassword),
    prefix: '{refused}',
  } as never).make('jobs');
  await expect(dispatcher.activate()).rejects.toThrow(UnsupportedError);
  await admin.acl('SETUSER', 'me', `>${wrongPassword}`, '~*', '&*', '+info');
  await dispatcher.activate();
  expect(dispatcher.status).toBe('active');
  await dispatcher.deactivate();
});
