// `Queue.names()`: the queues under a prefix.
import { defineTask, InvalidArgumentError, local, Queue } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('queue-names');
const { prefix, redisUrl: connection, redis } = context;
const dispatchers = dispatchersIn(context);
const work = defineTask('queue-names.work', (value: unknown) => value);
const names = (under = prefix): Promise<string[]> => Queue.names({ connection, prefix: under });

it('Q1 names has each queue that got a job or has a dispatcher, until it is obliterated', async () => {
  expect(await names()).toEqual([]);
  await context.queue('put').put(work.job(1));
  await context.queue('in-a-lane').putAll([work.job(1), work.job(2)], { lane: 'slow' });
  const puts = defineTask('queue-names.puts', async () => {
    await context.queue('of-a-run').put(work.job(1));
    await local.getQueue().put(work.job(2));
  });
  await dispatchers.start('served');
  await (await context.queue('served').put(puts.job())).wait();
  expect(await names()).toEqual(['in-a-lane', 'of-a-run', 'put', 'served']);
  expect(await names(`${prefix}-other`)).toEqual([]);
  await context.queue('put').obliterate();
  expect(await names()).toEqual(['in-a-lane', 'of-a-run', 'served']);
  await context.queue('put').put(work.job(3));
  expect(await names()).toContain('put');
});

it('B1 a foreign key in the place of the names refuses no job', async () => {
  const under = `${prefix}-foreign`;
  await redis.set(`${under}:queues`, 'x');
  const queue = new Queue('one', { connection, prefix: under });
  await queue.put(work.job(1));
  expect(await queue.length()).toBe(1);
  await queue.close();
});

it('B2 names refuses bad options', async () => {
  await expect(Queue.names({ prefx: 'x' } as never)).rejects.toThrow(InvalidArgumentError);
});
