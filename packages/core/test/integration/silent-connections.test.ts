// Connections that die silently: each kind of client gives such a connection up and makes a new
// one, and gives up no slow one (B3).
import {
  clientSettings,
  connect,
  redisTarget,
  type RedisClient,
} from '../../../../test/kit/store.js';
import dns from 'node:dns';
import { once } from 'node:events';
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Redis, RedisOptions } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { freePort, startRedis } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';

const { redis, redisUrl, prefix } = testContext('silent-connections');
const key = (name: string): string => `${prefix}:${name}`;

/** In ms. */
const SILENT_AFTER = 200;

type Use = keyof typeof clientSettings;

function clientTo(options: RedisOptions, use: Use, silentAfter = SILENT_AFTER): Redis {
  const settings = { ...clientSettings[use], silentAfter };
  const client = connect(
    { kind: 'server', options: { ...options, retryStrategy: () => 10 } },
    settings,
    () => {},
  );
  cleanUpLater(() => client.disconnect());
  return client as Redis;
}

const optionsOf = (url: string): RedisOptions => redisTarget(url).options as RedisOptions;

/** A way to Redis through a server of the test; `treat` decides what becomes of each connection. */
async function startWay(
  treat: (client: Socket, pass: () => Socket) => void,
  { host = '127.0.0.1', port = 0 } = {},
): Promise<RedisOptions> {
  const options = optionsOf(redisUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const pass = (): Socket => {
      const through = connectSocket(options.port as number, options.host as string);
      for (const [one, other] of [
        [client, through],
        [through, client],
      ] as const) {
        sockets.add(one.on('error', () => {}).on('close', () => other.destroy()));
      }
      through.pipe(client);
      return through;
    };
    sockets.add(client.on('error', () => {}));
    treat(client, pass);
  });
  await once(server.listen(port, host), 'listening');
  cleanUpLater(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { ...options, host, port: (server.address() as AddressInfo).port };
}

/**
 * Calls until a call succeeds. Calls on the dead connection fail, and are repeated by their
 * callers.
 */
const insist = <T>(call: () => Promise<T>): Promise<T> =>
  eventually(async () => [await call()]).then(([value]) => value as T);

it.each<Use>(['producer', 'dispatcher'])(
  'B3 %s: a call on a silent connection fails, and the next one succeeds',
  async (use) => {
    const proxy = await startFaultProxy(redisUrl);
    const client = clientTo(optionsOf(proxy.url), use);
    await client.set(key(use), 1);
    expect(proxy.silence()).toBe(1);
    await expect(client.incr(key(use))).rejects.toThrow();
    expect(await insist(() => client.get(key(use)))).toBe('1');
  },
);

it('B3 an idle silent connection is given up with a busy one to the same server', async () => {
  const proxy = await startFaultProxy(redisUrl);
  const [idle, asked, elsewhere] = [
    clientTo(optionsOf(proxy.url), 'producer'),
    clientTo(optionsOf(proxy.url), 'dispatcher'),
    clientTo(optionsOf(redisUrl), 'dispatcher'),
  ];
  const ids = await Promise.all([idle, asked, elsewhere].map((client) => client.client('ID')));
  proxy.silence();
  const isBack = once(idle, 'ready');
  await expect(asked.ping()).rejects.toThrow();
  await isBack;
  expect(await idle.client('ID')).not.toBe(ids[0]);
  expect(await elsewhere.client('ID')).toBe(ids[2]);
});

it('B3 a blocking read ends with its silent connection', async () => {
  const proxy = await startFaultProxy(redisUrl);
  const client = clientTo(optionsOf(proxy.url), 'blocking');
  await client.ping();
  proxy.silence();
  await expect(client.bzpopmin(key('marker'), 0.1)).rejects.toThrow();
  await redis.zadd(key('marker'), 1, 'a');
  expect(await insist(() => client.bzpopmin(key('marker'), 0.1))).toEqual([
    key('marker'),
    'a',
    '1',
  ]);
});

it.each([2, 3] as const)(
  'B3 a client that only subscribes hears again after a silent connection, with RESP%i',
  async (protocol) => {
    const proxy = await startFaultProxy(redisUrl);
    const client = clientTo({ ...optionsOf(proxy.url), protocol }, 'reading');
    const heard: string[] = [];
    client.on('message', (_, message) => heard.push(message));
    await client.subscribe(key('channel'));
    await redis.publish(key('channel'), 'before');
    await eventually(() => heard.length === 1);
    proxy.silence();
    await eventually(async () => {
      await redis.publish(key('channel'), 'after');
      return heard.includes('after');
    });
  },
);

it.each(['HELLO', 'INFO'])(
  'B3 a server that accepts the connection and does not answer %s is given up',
  async (command) => {
    const proxy = await startFaultProxy(redisUrl);
    const happened = proxy.next(command, { kind: 'black hole' });
    const client = clientTo(optionsOf(proxy.url), 'dispatcher');
    const isFailed = expect(client.ping()).rejects.toThrow();
    await happened;
    await isFailed;
    expect(await insist(() => client.ping())).toBe('PONG');
  },
);

it('B3 a stalled TLS handshake is given up', async () => {
  const way = await startWay(() => {});
  const client = clientTo({ ...way, tls: {}, connectTimeout: 100 }, 'producer');
  const reconnects = new Promise((resolve) => client.once('reconnecting', resolve));
  await expect(client.ping()).rejects.toThrow();
  await reconnects;
});

it('B3 a changed address of a host is looked up again', async () => {
  const proxy = await startFaultProxy(redisUrl);
  const options = { ...optionsOf(proxy.url), host: 'redis.drover.test', family: 4 };
  await startWay((client, pass) => client.pipe(pass()), { host: '127.0.0.2', port: options.port });
  let address = '127.0.0.1';
  const { lookup } = dns;
  dns.lookup = ((name: string, how: dns.LookupOptions, tell: Told) => {
    if (name !== options.host) return lookup(name, how, tell as never);
    process.nextTick(() =>
      how.all ? tell(null, [{ address, family: 4 }]) : tell(null, address, 4),
    );
  }) as never;
  cleanUpLater(() => void (dns.lookup = lookup));
  const client = clientTo(options, 'dispatcher');
  await client.ping();
  address = '127.0.0.2';
  proxy.blackHole();
  await expect(client.ping()).rejects.toThrow();
  expect(await insist(() => client.ping())).toBe('PONG');
});

type Told = (error: null, found: string | dns.LookupAddress[], family?: number) => void;

it('B3 a Cluster client gives up silent connections to a node and of its subscriber', async () => {
  const bus = ['--cluster-port', String(await freePort()), '--cluster-announce-ip', '127.0.0.1'];
  const server = await startRedis({ args: ['--cluster-enabled', 'yes', ...bus] });
  const direct = clientTo({ host: '127.0.0.1', port: server.port }, 'dispatcher');
  await direct.cluster('ADDSLOTSRANGE', 0, 16_383);
  await eventually(async () => (await direct.cluster('INFO')).includes('cluster_state:ok'));
  const proxy = await startFaultProxy(server.url);
  const through = { host: '127.0.0.1', port: Number(new URL(proxy.url).port) };
  const natMap = { [`127.0.0.1:${server.port}`]: through };
  const options = { natMap, clusterRetryStrategy: () => 10 };
  const make = (use: Use): RedisClient => {
    const settings = { ...clientSettings[use], silentAfter: SILENT_AFTER };
    const client = connect({ kind: 'cluster', nodes: [through], options }, settings, () => {});
    cleanUpLater(() => client.disconnect());
    return client;
  };
  const [client, listener] = [make('dispatcher'), make('reading')];
  const heard: string[] = [];
  listener.on('message', (_: string, message: string) => heard.push(message));
  await listener.subscribe('channel');
  await client.set('{a}', 1);
  expect(proxy.silence()).toBeGreaterThan(1);
  expect(await insist(() => client.get('{a}'))).toBe('1');
  await eventually(async () => {
    await direct.publish('channel', 'after');
    return heard.includes('after');
  });
});

describe('B3 a slow connection is not given up:', () => {
  const idOf = (client: Redis): Promise<number> => client.client('ID');

  it('a server that is busy for less than the limit', async () => {
    const server = await startRedis({ args: ['--enable-debug-command', 'yes'] });
    const client = clientTo(optionsOf(server.url), 'dispatcher', 500);
    const id = await idOf(client);
    const other = clientTo(optionsOf(server.url), 'dispatcher', 5_000);
    const slept = other.call('DEBUG', 'SLEEP', '0.3');
    expect(await client.ping()).toBe('PONG');
    await slept;
    expect(await idOf(client)).toBe(id);
  });

  it('a process that is busy for longer than the limit, whose reply has arrived', async () => {
    const client = clientTo(optionsOf(redisUrl), 'dispatcher');
    const id = await idOf(client);
    for (let i = 0; i < 3; i++) {
      const reply = client.ping();
      await new Promise((resolve) => setImmediate(resolve));
      for (const end = performance.now() + 2 * SILENT_AFTER; performance.now() < end;);
      expect(await reply).toBe('PONG');
    }
    expect(await idOf(client)).toBe(id);
  });

  it('a request that takes long to send', async () => {
    // The bytes that pass in each such interval, in ms.
    const [bytes, every] = [1 << 20, 40];
    const way = await startWay((client, pass) => {
      const through = pass();
      let passed = 0;
      client.on('data', (chunk: Buffer) => {
        through.write(chunk);
        passed += chunk.length;
        if (passed < bytes) return;
        passed = 0;
        client.pause();
        setTimeout(() => client.resume(), every);
      });
    });
    const client = clientTo(way, 'dispatcher', 400);
    const id = await idOf(client);
    const large = Buffer.alloc(30 << 20, 'x');
    const began = performance.now();
    await client.set(key('large'), large);
    expect(performance.now() - began).toBeGreaterThan(500);
    expect(await idOf(client)).toBe(id);
    await redis.del(key('large'));
  });
});
