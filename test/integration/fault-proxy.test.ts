// The kit's fault proxy: undisturbed it changes nothing; each fault does what it says, once.
import { createHash } from 'node:crypto';
import { defineTask, Queue } from '@drover/core';
import { Redis, type RedisOptions } from 'ioredis';
import { cleanUpLater } from '../kit/cleanup.js';
import { testContext } from '../kit/context.js';
import { startFaultProxy, type ErrorName } from '../kit/fault-proxy.js';
import { eventually } from '../kit/wait.js';

const { redis, redisUrl, prefix } = testContext('fault-proxy');
const key = (name: string): string => `${prefix}:${name}`;

async function throughProxy(options: RedisOptions = {}, seed?: number) {
  const proxy = await startFaultProxy(redisUrl, { seed });
  const client = (more: RedisOptions = {}): Redis => {
    const settings = {
      maxRetriesPerRequest: 0,
      retryStrategy: () => 10,
      disconnectTimeout: 100,
      ...options,
      ...more,
    };
    const made = new Redis(proxy.url, settings);
    made.on('error', () => {});
    cleanUpLater(() => made.disconnect());
    return made;
  };
  return { proxy, client, redis: client() };
}

describe.each([2, 3] as const)('undisturbed, with RESP%i', (protocol) => {
  it('replies of every kind arrive as they are', async () => {
    const { redis: through } = await throughProxy({ protocol });
    const ask = async (client: Redis, name: string): Promise<unknown> => [
      await client.set(key(name), 'a\r\nb'),
      await client.getBuffer(key(name)),
      await client.get(key('nothing')),
      await client.rpush(key(`${name}-list`), '', '1', 'ü'),
      await client.lrange(key(`${name}-list`), 0, -1),
      await client.hset(key(`${name}-hash`), { a: 1, b: '' }),
      await client.hgetall(key(`${name}-hash`)),
      await client.zadd(key(`${name}-set`), 1.5, 'x'),
      await client.zrange(key(`${name}-set`), 0, '-1', 'WITHSCORES'),
      await client.smembers(key('nothing')),
      await client.eval('return { 1, { "a", {}, false }, redis.status_reply("fine") }', 0),
      await client.incr(key(name)).catch(String),
      await client.config('GET', 'maxmemory'),
    ];
    expect(await ask(through, `through-${protocol}`)).toEqual(
      await ask(redis, `direct-${protocol}`),
    );
  });

  it('large values and long pipelines arrive whole and in order', async () => {
    const { redis: through } = await throughProxy({ protocol });
    const large = Buffer.alloc(8 << 20, 'x\r\n$');
    await through.set(key('large'), large);
    expect(large.equals((await through.getBuffer(key('large'))) as Buffer)).toBe(true);
    const pipeline = through.pipeline();
    for (let i = 0; i < 5_000; i++) pipeline.echo(String(i));
    const replies = (await pipeline.exec()) ?? [];
    expect(replies.map(([, reply]) => Number(reply))).toEqual([...Array(5_000).keys()]);
  });

  it('transactions, blocking reads, channels, a password and a database', async () => {
    const { redis: through, client } = await throughProxy({ protocol, db: 3 });
    expect(await through.multi().set(key('t'), 1).incr(key('t')).exec()).toEqual([
      [null, 'OK'],
      [null, 2],
    ]);
    expect([await through.get(key('t')), await redis.get(key('t'))]).toEqual(['2', null]);
    await through.del(key('t'));

    const popped = client().blpop(key('queue'), 10);
    await through.rpush(key('queue'), 'word');
    expect(await popped).toEqual([key('queue'), 'word']);

    const subscriber = client();
    const heard: string[] = [];
    subscriber.on('message', (_channel, message: string) => heard.push(message));
    await subscriber.subscribe(key('one'), key('two'));
    await redis.publish(key('two'), 'first');
    await redis.publish(key('one'), 'second');
    await eventually(() => heard.length === 2);
    await subscriber.unsubscribe();
    expect([heard, await subscriber.ping()]).toEqual([['first', 'second'], 'PONG']);
  });
});

it('a lost request is not carried out, and earlier requests are answered', async () => {
  const { proxy, redis: through } = await throughProxy();
  const happened = proxy.next('INCR', { kind: 'lose request' });
  const [set, incr, late] = await Promise.allSettled([
    through.set(key('lost'), 1),
    through.incr(key('lost')),
    through.set(key('lost'), 9),
  ]);
  await happened;
  expect([set.status, incr.status, late.status]).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect([await redis.get(key('lost')), proxy.counts['lose request']]).toEqual(['1', 1]);
  expect(await through.incr(key('lost'))).toBe(2);
});

it('the request of a lost reply is carried out once, and the connection is cut', async () => {
  const { proxy, redis: through } = await throughProxy();
  const happened = proxy.next('INCR', { kind: 'lose reply' });
  await expect(through.incr(key('swallowed'))).rejects.toThrow();
  await happened;
  expect([await redis.get(key('swallowed')), proxy.counts['lose reply']]).toEqual(['1', 1]);
  expect(await through.incr(key('swallowed'))).toBe(2);
});

it('a lost reply of a command in a MULTI is that of its EXEC', async () => {
  const { proxy, redis: through } = await throughProxy();
  const happened = proxy.next('INCR', { kind: 'lose reply' });
  await expect(through.multi().set(key('multi'), 5).incr(key('multi')).exec()).rejects.toThrow();
  await happened;
  expect(await redis.get(key('multi'))).toBe('6');
});

it('a MULTI that loses a request is not carried out', async () => {
  const { proxy, redis: through } = await throughProxy();
  void proxy.next('INCR', { kind: 'lose request' });
  await expect(through.multi().set(key('half'), 5).incr(key('half')).exec()).rejects.toThrow();
  expect(await redis.exists(key('half'))).toBe(0);
});

it.each<ErrorName>(['READONLY', 'NOREPLICAS', 'OOM', 'LOADING', 'TRYAGAIN'])(
  '%s is answered once, in its place, and nothing is carried out',
  async (error) => {
    const { proxy, redis: through } = await throughProxy();
    void proxy.next('INCR', { kind: 'error', error });
    const name = key(`error-${error}`);
    const replies = await through.pipeline().set(name, 1).incr(name).get(name).incr(name).exec();
    expect(replies?.map(([problem, reply]) => problem?.message.split(' ')[0] ?? reply)).toEqual([
      'OK',
      error,
      '1',
      2,
    ]);
    expect(proxy.counts.error).toBe(1);
  },
);

it('an error in a queued MULTI makes EXEC answer EXECABORT', async () => {
  const { proxy, redis: through } = await throughProxy();
  void proxy.next('INCR', { kind: 'error', error: 'OOM' });
  const name = key('aborted');
  await expect(through.multi().set(name, 1).incr(name).exec()).rejects.toThrow('EXECABORT');
  expect(await redis.exists(name)).toBe(0);
  expect(await through.multi().set(name, 1).incr(name).exec()).toEqual([
    [null, 'OK'],
    [null, 2],
  ]);
});

it('NOSCRIPT comes from the server itself, in a MULTI among the replies of its EXEC', async () => {
  const { proxy, redis: through } = await throughProxy();
  const sha = (await redis.script('LOAD', 'return redis.call("INCR", KEYS[1])')) as string;
  const name = key('script');
  void proxy.next('EVALSHA', { kind: 'error', error: 'NOSCRIPT' });
  await expect(through.evalsha(sha, 1, name)).rejects.toThrow('NOSCRIPT');
  void proxy.next('EVALSHA', { kind: 'error', error: 'NOSCRIPT' });
  const replies = await through.multi().incr(name).evalsha(sha, 1, name).incr(name).exec();
  expect(replies?.map(([problem, reply]) => problem?.message.split(' ')[0] ?? reply)).toEqual([
    1,
    'NOSCRIPT',
    2,
  ]);
});

it('the reply of a script is lost once it has run: not while Redis does not know it', async () => {
  const { proxy, redis: through } = await throughProxy();
  const name = key('unknown-script');
  const text = `return redis.call('INCR', KEYS[1]) -- ${name}`;
  const happened = proxy.next(({ command }) => command.startsWith('EVAL'), { kind: 'lose reply' });
  const sha = createHash('sha1').update(text).digest('hex');
  await expect(through.evalsha(sha, 1, name)).rejects.toThrow('NOSCRIPT');
  expect(proxy.counts['lose reply']).toBe(0);
  await expect(through.eval(text, 1, name)).rejects.toThrow();
  await happened;
  expect(await redis.get(name)).toBe('1');
});

it('a black hole keeps the connection open, and passes the held frames on afterwards', async () => {
  const { proxy, redis: through } = await throughProxy({ commandTimeout: 2_000 });
  await through.ping();
  proxy.blackHole();
  await expect(through.set(key('held'), 'late')).rejects.toThrow('timed out');
  expect([await redis.exists(key('held')), through.status]).toEqual([0, 'ready']);
  through.disconnect(); // gives up: its request is on its way all the same
  proxy.heal();
  await eventually(async () => (await redis.get(key('held'))) === 'late');
});

it('a silence stops open connections whose last request matches, and no new connection', async () => {
  const { proxy, client } = await throughProxy();
  const [one, other] = [client(), client()];
  await Promise.all([one.set(key('silence'), 1), other.ping()]);
  expect(proxy.silence('SET')).toBe(1);
  const lost = one.incr(key('silence'));
  expect(await other.incr(key('silence'))).toBe(2);
  proxy.heal();
  const [first] = await Promise.all([client().incr(key('silence')), other.ping()]);
  expect([first, await redis.get(key('silence'))]).toEqual([3, '3']);
  one.disconnect();
  await expect(lost).rejects.toThrow();
  expect(proxy.silence()).toBeGreaterThan(1);
  expect(await client().incr(key('silence'))).toBe(4);
});

it('a cut ends one connection or all, with the requests under way, and no new connection', async () => {
  const { proxy, client } = await throughProxy();
  const [one, other] = [client(), client()];
  await Promise.all([one.ping(), other.ping()]);
  const happened = proxy.next('INCR', { kind: 'cut' });
  await expect(one.incr(key('cut'))).rejects.toThrow();
  await happened;
  expect([await redis.exists(key('cut')), other.status]).toEqual([0, 'ready']);
  await one.ping();
  const ended = [one, other].map((each) => new Promise((resolve) => each.once('close', resolve)));
  proxy.cut();
  await Promise.all(ended);
  expect([await one.incr(key('cut')), await other.incr(key('cut')), proxy.counts.cut]).toEqual([
    1, 2, 2,
  ]);
});

it('a black hole for a chosen request holds its connection alone, for its time', async () => {
  const { proxy, client } = await throughProxy();
  const [held, free] = [client(), client()];
  const happened = proxy.next('SET', { kind: 'black hole', ms: 100 });
  const replies = Promise.all([held.set(key('hole'), 1), held.incr(key('hole'))]);
  await happened;
  expect(await free.exists(key('hole'))).toBe(0);
  expect(await replies).toEqual(['OK', 2]);
});

it('a healed proxy has no planned fault and no random faults', async () => {
  const { proxy, redis: through } = await throughProxy();
  await through.ping();
  void proxy.next('INCR', { kind: 'error', error: 'OOM' });
  proxy.setWeather({ error: 1, errors: ['READONLY'] });
  await expect(through.set(key('healed'), 1)).rejects.toThrow('READONLY');
  proxy.heal();
  expect([await through.incr(key('healed')), proxy.counts.error]).toEqual([1, 1]);
});

it('a delay lets requests arrive later, in order', async () => {
  const { proxy, redis: through } = await throughProxy();
  const happened = proxy.next('SET', { kind: 'delay', ms: 100 });
  const replies = Promise.all([through.set(key('slow'), 1), through.incr(key('slow'))]);
  await happened;
  expect(await redis.exists(key('slow'))).toBe(0);
  expect(await replies).toEqual(['OK', 2]);
});

it('a lost reply of a blocking read and of a subscription', async () => {
  const { proxy, client } = await throughProxy({ autoResubscribe: false });
  const [reader, subscriber] = [client(), client()];
  void proxy.next('BLPOP', { kind: 'lose reply' });
  const popped = reader.blpop(key('words'), 10);
  const isLost = expect(popped).rejects.toThrow();
  await redis.rpush(key('words'), 'gone');
  await isLost;
  expect(await redis.exists(key('words'))).toBe(0);
  const happened = proxy.next('SUBSCRIBE', { kind: 'lose reply' });
  const subscribed = subscriber.subscribe(key('channel'));
  subscribed.catch(() => {});
  await happened;
});

it('a script is known by its name, called by its text or by its hash', async () => {
  const { proxy, redis: through } = await throughProxy();
  const scripts: (string | undefined)[] = [];
  void proxy.next(
    ({ script, command }) => {
      if (command.startsWith('EVAL')) scripts.push(script);
      return false;
    },
    { kind: 'cut' },
  );
  const queue = new Queue('named', { connection: proxy.url, prefix });
  const task = defineTask('fault-proxy.named', () => {});
  for (let i = 0; i < 2; i++) await queue.put(task.job());
  await queue.close();
  await through.eval('return 1', 0);
  expect(scripts).toEqual(['putJobs', 'putJobs', undefined]);
});

it('each connection has random numbers of its own', async () => {
  const second = async (asked: number) => {
    const { proxy, client } = await throughProxy({ disableClientInfo: true }, 7);
    const first = client({ lazyConnect: true });
    const own = client({ lazyConnect: true });
    for (const each of [first, own]) await each.connect().then(() => each.ping());
    proxy.setWeather({ error: 0.3, errors: ['OOM'] });
    for (let i = 0; i < asked; i++) await first.echo('x').catch(() => {});
    const replies = (await Promise.allSettled(Array.from({ length: 50 }, () => own.echo('x')))).map(
      ({ status }) => status,
    );
    proxy.heal();
    return replies;
  };
  const replies = await second(0);
  expect(new Set(replies)).toEqual(new Set(['fulfilled', 'rejected']));
  expect(await second(13)).toEqual(replies);
});

it('with the same seed the same faults happen to the same requests', async () => {
  const storm = async (seed: number) => {
    const { proxy, redis: through } = await throughProxy({ disableClientInfo: true }, seed);
    await through.ping();
    proxy.setWeather({ error: 0.3, errors: ['OOM', 'READONLY'] });
    const pipeline = through.pipeline();
    for (let i = 0; i < 100; i++) pipeline.echo(String(i));
    const replies = (await pipeline.exec()) ?? [];
    proxy.heal();
    return replies.map(([problem, reply]) => problem?.message.split(' ')[0] ?? reply);
  };
  const [one, same, other] = [await storm(7), await storm(7), await storm(8)];
  expect(one).toEqual(same);
  expect(one).not.toEqual(other);
  expect(new Set(one.filter((reply) => typeof reply === 'string' && /\D/.test(reply)))).toEqual(
    new Set(['OOM', 'READONLY']),
  );
});
