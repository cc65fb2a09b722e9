// A chain: each step gets the result of the step before it. A process may die between two steps;
// the finished steps do not run again.
import { defineTask, Queue } from '@drover/core';
import { serial } from '@drover/composite';
import { Dispatcher } from '@drover/worker';

/** @typedef {import('@drover/core').Job<string>} Text */

const fetchText = defineTask(
  'chain.fetch',
  async (/** @type {string} */ title) => `${title}: to be, or not to be`,
);

// A job among the arguments arrives as a handle. In a `serial` the step before has completed, so
// its result is there.
const shout = defineTask('chain.shout', async (/** @type {Text} */ text) => {
  await text.refresh();
  return String(text.result).toUpperCase();
});

// The postprocess gets all the steps, as completed jobs.
const publish = defineTask('chain.publish', async (/** @type {Text[]} */ ...steps) => {
  return steps.map((step) => `${step.task} -> ${step.result}`);
});

const dispatcher = new Dispatcher({ queues: { texts: { main: { size: 10 } } } });
await dispatcher.activate();
const queue = new Queue('texts');

const first = fetchText.job('Hamlet');
const second = shout.job(first);
const chain = await queue.put(serial([first, second], { postprocess: publish.job() }));
for (const line of await chain.wait()) console.log(line);

await queue.close();
await dispatcher.deactivate();

// Prints:
// chain.fetch -> Hamlet: to be, or not to be
// chain.shout -> HAMLET: TO BE, OR NOT TO BE
