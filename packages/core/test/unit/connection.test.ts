// The ways to say where Redis is, and the times of connections (B2, B3).
import { clientSettings, connect } from '../../../../test/kit/store.js';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { redisTarget, type ConnectionInput } from '../../src/redis/redis-target.js';
import {
  Cluster as Cluster5,
  Redis as Redis5,
  type RedisOptions as RedisOptions5,
} from 'ioredis-5';
import { passwordInUrl } from '../../../../test/kit/secret.js';

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
