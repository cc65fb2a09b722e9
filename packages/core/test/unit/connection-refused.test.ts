// Connections that are refused, each with an error that names what is wrong (B2).
import { redisTarget, type ConnectionInput } from '../../src/redis/redis-target.js';
import { password, passwordInUrl } from '../../../../test/kit/secret.js';
import { InvalidArgumentError } from '../../src/errors.js';

const serverOf = (input: ConnectionInput | undefined): object => {
  const place = redisTarget(input);
  if (place.kind !== 'server') throw new Error('not one server');
  return place.options;
};

const nodeRedis = {
  connect() {},
  disconnect() {},
  duplicate() {},
  sendCommand() {},
  options: { url: 'redis://h' },
};

const wrong: [string, unknown, RegExp][] = [
  [
    'a text that is no URL',
    `not a url ${password}`,
    /is not a valid URL: write redis:\/\/host:port/,
  ],
  [
    'a URL whose port is no number',
    `redis://user:${passwordInUrl}@host:notaport`,
    /is not a valid URL/,
  ],
  ['an empty text', '', /is not a valid URL/],
  [
    'another protocol',
    `http://user:${passwordInUrl}@host`,
    /must be a redis:\/\/ or rediss:\/\/ URL, not http:\/\//,
  ],
  ['a host alone', 'host:6379', /must be a redis:\/\/ or rediss:\/\/ URL/],
  ['a password that is not encoded', `redis://user:${password}@host`, /is not a valid URL|must be/],
  [
    'a port',
    6379,
    /connection must be a redis:\/\/ URL, an object of ioredis options, or a client of ioredis 5 or later/,
  ],
  ['a boolean', true, /connection must be/],
  ['a URL without slashes', 'redis:6379', /connection has no \/\/ before the host/],
  ['a path in a URL', 'redis://host/0/jobs', /must have a number as its database/],
  [
    'an unknown parameter of a URL',
    `redis://host?password=${passwordInUrl}`,
    /has \?password=, which Drover does not/,
  ],
  [
    'a database that is no number',
    'redis://host?db=jobs',
    /has a \?db= that is not what it must be/,
  ],
  ['a URL with two databases', 'redis://host/1?db=2', /names the database twice/],
  ['a fragment', 'redis://host/0#1', /has a # in it/],
  ['a user without a password', 'redis://me@host', /names a user and no password: .* Give both/],
  ['a port 0', 'redis://host:0', /has the port 0/],
  [
    'a URL object of another protocol',
    new URL('https://host'),
    /must be a redis:\/\/ or rediss:\/\/ URL/,
  ],
  ['{ url }', { url: `redis://:${passwordInUrl}@host` }, /no option "url": give the URL itself/],
  [
    'options of node-redis',
    { socket: { host: 'h' } },
    /no option "socket": it is of the package redis/,
  ],
  ['a misspelt option', { hots: 'h' }, /no option "hots": ioredis has no such option/],
  [
    'options of a Cluster',
    { nodes: [{ host: 'h' }] },
    /no option "nodes": for a Cluster give a client/,
  ],
  ['an array', [`redis://:${passwordInUrl}@host`], /not an array\. For a Cluster give a client/],
  ['a client of node-redis', nodeRedis, /This is a client of something else: give its URL/],
  [
    'a promise',
    Promise.resolve('redis://host'),
    /without any option of ioredis, such as a promise/,
  ],
  ['a Map', new Map([['host', 'h']]), /without any option of ioredis/],
  ['a function', () => 'redis://host', /not a function/],
  ['a port that is NaN', { port: NaN }, /connection\.port must be a whole number/],
  ['a database that is a name', { db: 'jobs' }, /connection\.db must be a whole number, from 0/],
  ['a database that is NaN', { db: NaN }, /connection\.db must be/],
  ['an empty host', { host: '' }, /connection\.host must be a host name/],
  ['a URL as host', { host: `redis://:${password}@host` }, /connection\.host must be a host name/],
  ['a host with its port', { host: 'h:6379' }, /connection\.host must be a host name/],
  ['an empty path', { path: '' }, /connection\.path must be the path of a socket/],
  ['no sentinels', { sentinels: [], name: 'jobs' }, /connection\.sentinels must be an array/],
  [
    'a sentinel by its URL',
    { sentinels: [{ url: 'h' }], name: 'jobs' },
    /connection\.sentinels must be/,
  ],
  ['sentinels without a name', { sentinels: [{ host: 'h' }] }, /has sentinels and no name/],
  [
    'a username without a password',
    { username: 'me' },
    /names a user and no password: .* Give both/,
  ],
  ['tls as a text', { tls: 'yes' }, /connection\.tls must be an object/],
  ['a keyPrefix', { host: 'h', keyPrefix: 'app:' }, /has a keyPrefix.*: use the option prefix/],
];

it.each(wrong)(
  'B2 %s is refused with the reason, and without the password',
  (_what, input, why) => {
    const attempt = (): unknown => redisTarget(input as ConnectionInput);
    expect(attempt).toThrow(InvalidArgumentError);
    expect(attempt).toThrow(why);
    for (const hidden of [password, passwordInUrl])
      expect(attempt).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(hidden) }),
      );
  },
);

describe('bad input', () => {
  it('B2 null is refused with a Drover error', () => {
    expect(() => redisTarget(null as never)).toThrow(InvalidArgumentError);
  });

  it('the brackets of an IPv6 address are removed', () => {
    expect(serverOf('redis://[::1]:7000')).toEqual({ host: '::1', port: 7000 });
  });

  it('B2 a database that is no number is refused', () => {
    expect(() => redisTarget('redis://host/abc')).toThrow(InvalidArgumentError);
  });

  it('B2 a password with a stray % is refused with a Drover error', () => {
    expect(() => redisTarget('redis://user:%zz@host')).toThrow(InvalidArgumentError);
  });
});
