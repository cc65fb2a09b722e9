// The kinds of connections that a dispatcher and a queue accept.
import { createSecureContext } from 'node:tls';
import { parallel } from '@drover/composite';
import { defineTask, Queue, type ConnectionInput } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import { Redis, type RedisOptions } from 'ioredis';
import { pino } from 'pino';
import { newUuid, testContext } from '../../../../test/kit/context.js';

const context = testContext('connection');
const increase = defineTask('connection.increase', (n: number) => n + 1);

/** Runs a composite, so that all kinds of scripts are used. */
async function expectToRun(connection: ConnectionInput, prefix: string): Promise<Error[]> {
  const options = { connection, prefix, uuid: newUuid(), queues: { work: { main: { size: 2 } } } };
  const dispatcher = new Dispatcher({
    ...options,
    signals: false,
    logger: pino({ level: 'silent' }),
  });
  const queue = new Queue('work', { connection, prefix });
  const errors: Error[] = [];
  dispatcher.on('error', (error) => errors.push(error));
  try {
    await dispatcher.activate();
    const job = await queue.put(parallel([increase.job(1), parallel([increase.job(2)])]));
    expect(await job.wait({ timeout: 10_000 })).toEqual([2, [3]]);
    expect(await queue.length()).toBe(0);
    await queue
      .put(increase.job(3), { beginAfter: 300 })
      .then((late) => late.wait({ timeout: 10_000 }));
    return errors;
  } finally {
    await dispatcher.deactivate();
    await queue.close();
  }
}

it('accepts a URL', async () => {
  await expectToRun(context.redisUrl, context.prefix);
});

it('accepts options with functions, which cannot be sent to a thread', async () => {
  const { host, port, password } = context.redis.options;
  await expectToRun({ host, port, password, retryStrategy: () => 100 }, context.prefix);
});

it('accepts an ioredis client, and does not change it', async () => {
  const client = new Redis(context.redisUrl, { retryStrategy: () => 100 });
  await expectToRun(client, context.prefix);
  expect(await client.ping()).toBe('PONG');
  client.disconnect();
});

/** Options that an application may have set for its own clients. */
const OPTIONS: RedisOptions[] = [
  { db: 3 },
  { commandTimeout: 100 },
  { socketTimeout: 100 },
  { enableAutoPipelining: true },
  { enableOfflineQueue: false },
  { lazyConnect: true },
  { maxRetriesPerRequest: 1 },
  { replyMapping: 'resp3' },
  { protocol: 2 },
  { stringNumbers: true },
  { readOnly: true },
  { autoResubscribe: false },
];

it('B2 a database that does not exist is refused, and no other one is written', async () => {
  const { host, port, password } = context.redis.options;
  const connection = { host, port, password, db: 9_999 };
  const prefix = `${context.prefix}:none`;
  const queue = new Queue('work', { connection, prefix });
  await expect(queue.put(increase.job(1))).rejects.toMatchObject({ code: 'DROVER_UNSUPPORTED' });
  await queue.close();
  const dispatcher = new Dispatcher({
    ...{ connection, prefix, uuid: newUuid(), queues: { work: { main: { size: 1 } } } },
    ...{ signals: false, logger: pino({ level: 'silent' }) },
  });
  await expect(dispatcher.activate()).rejects.toMatchObject({
    code: 'DROVER_UNSUPPORTED',
    message: expect.stringContaining('DB index is out of range') as string,
  });
  await dispatcher.deactivate();
  expect(await context.redis.keys(`${prefix}*`)).toEqual([]);
});

it('B2 options that cannot be sent to a thread are refused', () => {
  const odd = { host: 'h', tls: { secureContext: createSecureContext() } };
  const options = { connection: odd, queues: { work: { main: { size: 1 } } }, uuid: newUuid() };
  expect(() => new Dispatcher(options)).toThrow(
    /connection has something in it that no thread can be sent/,
  );
});

it.each(OPTIONS)('accepts %j, and works as without', async (options) => {
  const { host, port, password } = context.redis.options;
  const errors = await expectToRun({ host, port, password, ...options }, context.prefix);
  expect(errors).toEqual([]);
});
