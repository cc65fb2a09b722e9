// Debounce: of several changes within a short time only the last one is indexed, once.
import { defineTask, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

const index = defineTask('docs.index', async (/** @type {string} */ text) => {
  console.log(`indexed: ${text}`);
});

const dispatcher = new Dispatcher({ queues: { docs: { main: { size: 10 } } } });
await dispatcher.activate();
const queue = new Queue('docs');

/** Each change waits for half a second, and replaces the one that waits already. */
const changed = async (/** @type {string} */ text) =>
  await queue.put(index.job(text), { key: 'page-7', whenTaken: 'replace', beginAfter: 500 });

const first = await changed('Hel');
await changed('Hello');
const last = await changed('Hello, world');
console.log(`one job: ${first.id === last.id}, it was there: ${last.wasThere}`);
await last.wait();

await queue.close();
await dispatcher.deactivate();

// Prints:
// one job: true, it was there: true
// indexed: Hello, world
