// Callbacks: jobs that run when another job has its result, and get that result.
import { defineTask, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

/** @typedef {import('@drover/core').Failure} Failure */

const charge = defineTask('shop.charge', async (/** @type {number} */ order) => {
  if (order % 2 === 0) throw new RangeError('the card has expired');
  return `order ${order} is paid`;
});
const ship = defineTask('shop.ship', async (/** @type {string} */ paid) =>
  console.log(`ship it: ${paid}`),
);
const remind = defineTask(
  'shop.remind',
  async (/** @type {number} */ order, /** @type {Failure} */ failure) => {
    console.log(`a letter about order ${order}: ${failure.message}`);
  },
);
const close = defineTask('shop.close', async (/** @type {number} */ order) =>
  console.log(`order ${order} is closed`),
);

const dispatcher = new Dispatcher({ queues: { shop: { main: { size: 10 } } } });
await dispatcher.activate();
const queue = new Queue('shop');

for (const order of [7, 8]) {
  const job = charge.job(order).with({ failureLogLevel: 'debug' });
  // Either `ship` or `remind` runs, by the result; then `close` runs in any case.
  const next = await job.addCallbacks({ success: ship.job(), failure: remind.job(order) });
  await next.addCallback(close.job(order));
  await queue.put(job);
  // A job has completed when its callbacks have. They do not change its result.
  await job.wait().catch((error) => console.log(`the job itself: ${error.message}`));
}

await queue.close();
await dispatcher.deactivate();

// Prints:
// ship it: order 7 is paid
// order 7 is closed
// a letter about order 8: the card has expired
// order 8 is closed
// the job itself: the card has expired
