// Tasks that compute: an agent with `threads` runs its tasks in worker threads, so that the main
// thread stays free.
import { Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import { fibonacci } from './tasks/fibonacci.mjs';

const dispatcher = new Dispatcher({
  queues: { numbers: { main: { size: 2, threads: true } } },
  taskModules: [new URL('./tasks/fibonacci.mjs', import.meta.url)],
});
await dispatcher.activate();
const queue = new Queue('numbers');

let ticks = 0;
const clock = setInterval(() => (ticks += 1), 5);
const jobs = await queue.putAll([fibonacci.job(30), fibonacci.job(31)]);
const [first, second] = await Promise.all(jobs.map((job) => job.wait()));
console.log(first, 'and', second);
clearInterval(clock);
console.log(ticks > 0 ? 'the clock of the main thread went on' : 'the main thread was held up');

await queue.close();
await dispatcher.deactivate();

// Prints:
// 832040 and 1346269
// the clock of the main thread went on
