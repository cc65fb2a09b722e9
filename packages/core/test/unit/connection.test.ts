// The ways to say where Redis is, and errors that never show a password (B2).
import { clientSettings, connect } from '../../../../test/kit/store.js';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { redisTarget, type ConnectionInput } from '../../src/redis/redis-target.js';
import {
  Cluster as Cluster5,
  Redis as Redis5,
  type RedisOptions as RedisOptions5,
} from 'ioredis-5';
import { password, passwordInUrl } from '../../../../test/kit/secret.js';
import { InvalidArgumentError } from '../../src/errors.js';

const serverOf = (input: ConnectionInput | undefined): object => {
  const place = redisTarget(input);
  if (place.kind !== 'server') throw new Error('not one server');
  return place.options;
};

const urls: [string, object][] = [
  ['redis://example.org', { host: 'example.org', port: 6379 }],
  ['redis://example.org:7000', { host: 'example.org', port: 7000 }],
  ['redis://example.org/3', { host: 'example.org', port: 6379, db: 3 }],
  ['redis://:secret@example.org', { host: 'example.org', port: 6379, password: 'secret' }],
  [
    'redis://me:p%40ss%2Fword@example.org',
    { host: 'example.org', port: 6379, username: 'me', password: 'p@ss/word' },
  ],
  ['rediss://example.org:6380', { host: 'example.org', port: 6380, tls: {} }],
  ['redis://', { host: '127.0.0.1', port: 6379 }],
  ['redis://example.org?db=5&family=6', { host: 'example.org', port: 6379, db: 5, family: 6 }],
  [
    'redis://default@h?connectTimeout=900&connectionName=jobs',
    { host: 'h', port: 6379, username: 'default', connectTimeout: 900, connectionName: 'jobs' },
  ],
];

it.each(urls)('the URL %s is understood', (url, options) => {
  expect(serverOf(url)).toEqual(options);
});

describe('without a connection', () => {
  const before = process.env['REDIS_URL'];
  afterEach(() => {
    if (before === undefined) delete process.env['REDIS_URL'];
    else process.env['REDIS_URL'] = before;
  });

  it('$REDIS_URL is used', () => {
    process.env['REDIS_URL'] = 'redis://from.environment:7001';
    expect(serverOf(undefined)).toEqual({ host: 'from.environment', port: 7001 });
  });

  it('B2 an error about $REDIS_URL names that variable', () => {
    process.env['REDIS_URL'] = '';
    expect(() => redisTarget(undefined)).toThrow('$REDIS_URL is not a valid URL');
  });

  it('without $REDIS_URL the local server at the usual port is used', () => {
    delete process.env['REDIS_URL'];
    expect(serverOf(undefined)).toEqual({ host: '127.0.0.1', port: 6379 });
  });

  it('B2 an error about $REDIS_URL does not show its password', () => {
    process.env['REDIS_URL'] = `http://user:${passwordInUrl}@host`;
    expect(() => redisTarget(undefined)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(passwordInUrl) }),
    );
  });
});

it('ioredis options are taken unchanged', () => {
  expect(serverOf({ host: 'h', port: 1, db: 2 })).toEqual({ host: 'h', port: 1, db: 2 });
});

it('options may be strings, come from a getter or be inherited', () => {
  expect(serverOf({ host: 'h', port: '7001', db: '2', tls: true } as never)).toEqual({
    host: 'h',
    port: 7001,
    db: 2,
    tls: {},
  });
  class Configuration {
    get host() {
      return 'from-a-getter';
    }
  }
  expect(serverOf(new Configuration())).toEqual({ host: 'from-a-getter' });
  expect(serverOf(Object.create({ host: 'inherited', db: 1 }) as object)).toEqual({
    host: 'inherited',
    db: 1,
  });
});

it('a URL object is accepted', () => {
  expect(serverOf(new URL('redis://h:7001/2'))).toEqual({ host: 'h', port: 7001, db: 2 });
});

it.each([
  ['ioredis 6', () => new Redis({ host: 'h', lazyConnect: true })],
  ['ioredis 5', () => new Redis5({ host: 'h', lazyConnect: true })],
])('Drover knows each option of a client of %s', (_what, make) => {
  const client = make();
  expect(serverOf({ ...client.options } as ConnectionInput)).toMatchObject({ host: 'h' });
  client.disconnect();
});

it('the options of a client of ioredis 5 are copied', () => {
  const client = new Redis5({
    host: 'h',
    port: 7002,
    password: 'secret',
    db: 4,
    lazyConnect: true,
  });
  expect(serverOf(client)).toMatchObject({ host: 'h', port: 7002, password: 'secret', db: 4 });
  const cluster = new Cluster5([{ host: 'h', port: 7003 }], { lazyConnect: true });
  expect(redisTarget(cluster)).toMatchObject({
    kind: 'cluster',
    nodes: [{ host: 'h', port: 7003 }],
  });
  client.disconnect();
  cluster.disconnect();
  const options: RedisOptions5 = { host: 'h', db: 4 };
  expect(serverOf(options)).toEqual(options);
});

it('the options of a client of ioredis are copied', () => {
  const client = new Redis({ host: 'h', port: 7002, password: 'secret', db: 4, lazyConnect: true });
  expect(serverOf(client)).toMatchObject({ host: 'h', port: 7002, password: 'secret', db: 4 });
  client.disconnect();
});

it('a client of a cluster is recognized', () => {
  const cluster = new Cluster([{ host: 'h', port: 7003 }], {
    lazyConnect: true,
    redisOptions: { password: 'secret' },
  });
  expect(redisTarget(cluster)).toMatchObject({
    kind: 'cluster',
    options: { redisOptions: { password: 'secret' } },
  });
  cluster.disconnect();
});

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

describe('B3 times that are too long for a timer are cut to the longest time', () => {
  const longest = 2 ** 31 - 1;
  const times = {
    connectTimeout: Infinity,
    disconnectTimeout: 1e12,
    maxLoadingRetryTime: 2 ** 31,
    keepAlive: 500,
    retryStrategy: () => 30 * 24 * 3_600_000,
  };
  const cut = {
    connectTimeout: longest,
    disconnectTimeout: longest,
    maxLoadingRetryTime: longest,
    keepAlive: 500,
  };
  const { dispatcher } = clientSettings;

  it('of one server', () => {
    const options: RedisOptions = { lazyConnect: true, ...times };
    const client = connect({ kind: 'server', options }, dispatcher, () => {}) as Redis;
    expect(client.options).toMatchObject(cut);
    expect(client.options.retryStrategy?.(1)).toBe(longest);
    client.disconnect();
  });

  it('of a cluster', () => {
    const options = {
      lazyConnect: true,
      retryDelayOnFailover: 1e12,
      slotsRefreshInterval: 1e12,
      redisOptions: times,
    };
    const client = connect(
      { kind: 'cluster', nodes: [{ host: 'h' }], options },
      dispatcher,
      () => {},
    ) as Cluster;
    expect(client.options).toMatchObject({
      retryDelayOnFailover: longest,
      slotsRefreshInterval: longest,
    });
    expect(client.options.redisOptions).toMatchObject(cut);
    client.disconnect();
  });
});

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

describe('B3 a lost connection', () => {
  const delaysOf = (options: object): (number | undefined)[] => {
    const place = { kind: 'server', options: { ...options, lazyConnect: true } } as const;
    const client = connect(place, clientSettings.producer, () => {}) as Redis;
    const { retryStrategy } = client.options;
    client.disconnect();
    return Array.from({ length: 40 }, (_, i) => retryStrategy?.(i + 1) as number | undefined);
  };

  it.each([
    ['the default strategy', {}],
    ['a strategy that gives up', { retryStrategy: () => null }],
  ])('is tried again twice a second for ten seconds, then every two seconds: %s', (_, options) => {
    const delays = delaysOf(options) as number[];
    const later = delays.findIndex((delay) => delay > 500);
    expect(delays.slice(0, 4)).toEqual([100, 200, 400, 500]);
    const quick = delays.slice(0, later).reduce((sum, delay) => sum + delay, 0);
    expect(quick).toBeGreaterThan(8_000);
    expect(quick).toBeLessThan(12_000);
    expect(new Set(delays.slice(later))).toEqual(new Set([2_000]));
  });

  it("is tried again by the user's strategy", () => {
    expect(new Set(delaysOf({ retryStrategy: () => 70 }))).toEqual(new Set([70]));
  });
});
