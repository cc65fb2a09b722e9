// Each kind of `connection` leads to the given server and database (B2).
import { defineTask, Queue, type ConnectionInput } from '@drover/core';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { testContext } from '../../../../test/kit/context.js';

const { redisUrl, prefix } = testContext('connection-kinds');
const { hostname: host, port, password } = new URL(redisUrl);
const options = { host, port: Number(port), password: decodeURIComponent(password) };
const server = redisUrl.replace(/\/\d*$/, '');
const work = defineTask('connection-kinds.work', () => {});
const DB = 5;

let there: Redis;
let client5: Redis5;
beforeAll(() => {
  there = new Redis({ ...options, db: DB });
  client5 = new Redis5({ ...options, db: DB });
});
afterAll(async () => {
  const keys = await there.keys(`${prefix}*`);
  if (keys.length > 0) await there.unlink(...keys);
  there.disconnect();
  client5.disconnect();
});

it.each<[string, () => ConnectionInput]>([
  ['?db= in a URL', () => `${server}?db=${DB}`],
  ['a URL object', () => new URL(`${server}/${DB}`)],
  ['options with texts in them', () => ({ ...options, port, db: String(DB) }) as never],
  ['a client of ioredis 6', () => there],
  ['a client of ioredis 5', () => client5],
])('B2 %s is respected: the job is put there', async (what, connection) => {
  const name = what.replaceAll(/\W/g, '-');
  const queue = new Queue(name, { connection: connection(), prefix });
  const { id } = await queue.put(work.job());
  await queue.close();
  expect(await there.exists(`${prefix}:${name}:${id}`)).toBe(1);
});
