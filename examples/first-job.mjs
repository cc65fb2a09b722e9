// A first job: a named function, which any process with a dispatcher for its queue may run.
import { defineTask, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

const resize = defineTask(
  'images.resize',
  async (/** @type {string} */ file, /** @type {number} */ width) => {
    return { file, width, bytes: width * 100 };
  },
);

// A dispatcher runs jobs. Its options name its queues, and how many jobs each agent runs at a time.
const dispatcher = new Dispatcher({ queues: { images: { main: { size: 10 } } } });
await dispatcher.activate();

// A producer puts jobs. It usually is another process, which imports the same module of tasks.
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
