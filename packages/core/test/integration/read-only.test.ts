// A master that becomes a replica and keeps its connections: the client that meets READONLY
// connects anew, also when a script reports it (B3).
import { defineTask, Queue } from '@drover/core';
import {
  clientSettings,
  connect,
  redisTarget,
  LaneKeys,
  RedisLane,
} from '../../../../test/kit/store.js';
import { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { startRedis, type RedisServer } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';

const prefix = '{drover}';
const work = defineTask('read-only.work', (value: unknown) => value);
let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { disconnectTimeout: 100 });
  cleanUpLater(() => redis.disconnect());
});
// Makes the server the replica of a missing master, so that it keeps its data.
const demote = () => redis.replicaof('127.0.0.1', 1);
afterEach(() => redis.replicaof('NO', 'ONE'));

it('B3 a putAll that meets READONLY goes on with a new connection', async () => {
  const connectionName = 'read-only-producer';
  const { options } = redisTarget(server.url);
  const queue = new Queue('work', { connection: { ...options, connectionName } as never, prefix });
  cleanUpLater(() => queue.close());
  const ids = async (): Promise<string[]> =>
    String(await redis.client('LIST'))
      .split('\n')
      .filter((line) => line.includes(connectionName))
      .map((line) => line.split(' ')[0] ?? '');
  await queue.length();
  const [first] = await ids();
  await demote();
  const put = queue.putAll([work.job(1), work.job(2)]);
  await eventually(async () => {
    const now = await ids();
    return now.length > 0 && !now.includes(first ?? '');
  });
  await redis.replicaof('NO', 'ONE');
  await put;
  expect(await queue.length()).toBe(2);
});

it('B3 a finish that meets READONLY closes its connection', async () => {
  const queue = new Queue('finish', { connection: server.url, prefix });
  cleanUpLater(() => queue.close());
  await queue.put(work.job(1));
  const client = connect(redisTarget(server.url), clientSettings.dispatcher, () => {}) as Redis;
  cleanUpLater(() => client.disconnect());
  const keys = new LaneKeys(prefix, 'finish', 'main');
  const store = new RedisLane(client, keys, 'uuid');
  const { job: claim } = await store.claim('uuid:1:1');
  if (!claim) throw new Error('there is no job to claim');
  const owner = { uuid: 'uuid', epoch: 1 };
  const finish = () => store.complete(claim, '1', owner);
  await demote();
  const left = new Promise((resolve) => client.once('close', resolve));
  await expect(finish()).rejects.toThrow('READONLY');
  await left;
  await redis.replicaof('NO', 'ONE');
  await finish();
});
