const { serial } = require('@drover/composite');
const { defineTask, Job, Queue } = require('@drover/core');
const { waitForResult } = require('@drover/core/testing');
const { Dispatcher } = require('@drover/worker');
const { randomUUID } = require('node:crypto');
const pino = require('pino');

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
