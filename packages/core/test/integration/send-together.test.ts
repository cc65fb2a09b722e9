// The commands of one turn of the event loop leave in one write.
import type { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { clientSettings, connect, redisTarget } from '../../../../test/kit/store.js';

const { redisUrl, prefix } = testContext('send-together');

async function connected(): Promise<Redis> {
  const client = connect(redisTarget(redisUrl), clientSettings.dispatcher, () => {}) as Redis;
  cleanUpLater(() => client.disconnect());
  await client.ping();
  return client;
}

/** How often bytes are handed to the operating system while `send` runs and its replies come. */
async function writesOf(client: Redis, send: () => Promise<unknown>[]): Promise<number> {
  const { stream } = client as unknown as { stream: { uncork: () => void } };
  const { uncork } = stream;
  let writes = 0;
  stream.uncork = () => {
    writes++;
    uncork.call(stream);
  };
  await Promise.all(send());
  return writes;
}

it('B3 the commands of one turn leave in one write, and are answered in their order', async () => {
  const client = await connected();
  const values: unknown[] = [];
  const writes = await writesOf(client, () =>
    Array.from({ length: 50 }, async (_, i) => values.push(await client.incrby(`${prefix}:n`, i))),
  );
  expect(writes).toBe(1);
  expect(values).toHaveLength(50);
  expect(await client.get(`${prefix}:n`)).toBe('1225');
});

it('B3 a command leaves at the end of its turn, whatever comes later', async () => {
  const client = await connected();
  const { stream } = client as unknown as { stream: { writableLength: number } };
  const reply = client.ping();
  expect(stream.writableLength).toBeGreaterThan(0);
  await new Promise((resolve) => process.nextTick(resolve));
  expect(stream.writableLength).toBe(0);
  expect(await reply).toBe('PONG');
});

it('B3 the writes are collected on the next connection too', async () => {
  const client = await connected();
  const again = new Promise((resolve) => client.once('ready', resolve));
  client.disconnect(true);
  await again;
  expect(await writesOf(client, () => [client.ping(), client.ping(), client.ping()])).toBe(1);
});
