// The first program of a newcomer: a dispatcher with the defaults, one job, and its result; with
// whatever Redis, folder and UUID there is.
import { defineTask, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

const resize = defineTask(
  'images.resize',
  async (file: string, width: number) => `${file} is now ${width} wide`,
);

const dispatcher = new Dispatcher({ queues: { images: { main: { size: 10 } } } });
await dispatcher.activate();
process.send?.('active');
const queue = new Queue('images');
const job = await queue.put(resize.job('a.png', 100));
console.log(await job.wait());
await queue.close();
if (process.env['GOES_ON']) await new Promise((resolve) => process.once('message', resolve));
await dispatcher.deactivate();
process.disconnect?.();
