import { serial } from '@drover/composite';
import { defineTask, Job, Queue } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { Dispatcher } from '@drover/worker';
import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { expect, test } from 'vitest';

test('a job runs', async () => {
  const prefix = process.env.DROVER_LOAD_PREFIX;
  const double = defineTask('load.double', async (n) => 2 * n);
  const dispatcher = new Dispatcher({
    prefix,
    uuid: randomUUID(),
    signals: false,
    logger: pino({ level: 'silent' }),
    queues: { numbers: { main: {} } },
  });
  await dispatcher.activate();
  const queue = new Queue('numbers', { prefix });
  const job = await queue.put(serial([double.job(4), double.job(5)]));
  expect(job).toBeInstanceOf(Job);
  expect(await waitForResult(job)).toEqual([8, 10]);
  await queue.close();
  await dispatcher.deactivate();
});
