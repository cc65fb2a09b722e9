// Ordered shutdown: first no more requests, then the running jobs, then the connections that the
// jobs use.
import { createServer } from 'node:http';
import { defineTask, local, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

let isConnected = true;
const store = defineTask('orders.store', async () => {
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  console.log(`2. the job ends, the database is ${isConnected ? 'there' : 'gone'}`);
  return 'stored';
});

const queue = new Queue('orders');
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
// With `signals: false` the dispatcher leaves SIGTERM to this program.
const dispatcher = new Dispatcher({ queues: { orders: { main: { size: 5 } } }, signals: false });

const stopped = new Promise((resolve) => process.once('SIGTERM', resolve)).then(async () => {
  await new Promise((resolve) => server.close(resolve));
  console.log('1. no more requests, and so no more puts');
  // Runs get `local.signal`, and this much time. Jobs that do not end are interrupted: another
  // dispatcher runs them again.
  await dispatcher.deactivate({ grace: 20_000 });
  isConnected = false;
  console.log('3. no job runs, the database is closed');
});

await dispatcher.activate();
const started = new Promise((resolve) => dispatcher.once('started', resolve));
const job = await queue.put(store.job());
await started;
process.kill(process.pid, 'SIGTERM'); // as an orchestrator does

await stopped;
console.log(`4. the result: ${await job.wait()}`);
await queue.close();

// Prints:
// 1. no more requests, and so no more puts
// 2. the job ends, the database is there
// 3. no job runs, the database is closed
// 4. the result: stored
