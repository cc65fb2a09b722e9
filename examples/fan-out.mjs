// Fan-out and join: many parts run at once, in all worker processes, and one job gets them when
// they have completed.
import { defineTask, Failure, Queue } from '@drover/core';
import { parallel } from '@drover/composite';
import { Dispatcher } from '@drover/worker';

const count = defineTask('words.count', async (/** @type {string} */ text) => {
  if (text === '') throw new RangeError('there is nothing to count');
  return text.split(' ').length;
});

// It gets the parts as completed jobs, in the order given. A part that failed is data, and does not
// end the composite.
const sum = defineTask(
  'words.sum',
  async (
    /** @type {string} */ title,
    /** @type {import('@drover/core').Job<number>[]} */ ...parts
  ) => {
    let words = 0;
    let failed = 0;
    for (const { result } of parts) {
      if (typeof result === 'number') words += result;
      if (result instanceof Failure) failed += 1;
    }
    return `${title}: ${words} words, and ${failed} of ${parts.length} parts failed`;
  },
);

const dispatcher = new Dispatcher({ queues: { words: { main: { size: 10 } } } });
await dispatcher.activate();
const queue = new Queue('words');

const parts = ['to be', 'or not to be', ''].map((text) =>
  count.job(text).with({ failureLogLevel: 'debug' }),
);
const counted = await queue.put(parallel(parts, { postprocess: sum.job('Hamlet') }));
console.log(await counted.wait());

await queue.close();
await dispatcher.deactivate();

// Prints:
// Hamlet: 6 words, and 1 of 3 parts failed
