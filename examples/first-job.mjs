// A first job: a named function, run by whichever process has a dispatcher for its queue.
import { defineTask, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

const resize = defineTask(
  'images.resize',
  async (/** @type {string} */ file, /** @type {number} */ width) => {
    return { file, width, bytes: width * 100 };
  },
);

// What runs jobs. It says which queues it serves, and how many jobs each of its agents runs at a
// time.
const dispatcher = new Dispatcher({ queues: { images: { main: { size: 10 } } } });
await dispatcher.activate();

// What puts them. As a rule that is another process, which shares the module with the tasks.
const queue = new Queue('images');
const job = await queue.put(resize.job('a.png', 640));
console.log(job.task, 'is', job.status);

const { file, bytes } = await job.wait();
console.log(`${file} has ${bytes} bytes`);
console.log(job.task, 'is', job.status);

await queue.close();
await dispatcher.deactivate();

// Prints:
// images.resize is pending
// a.png has 64000 bytes
// images.resize is completed
