// Fencing: a run that comes too late cannot overwrite data in a store of your own. The store
// refuses a write with an older `local.fence`.
import { defineTask, local, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

/** @type {Map<string, { fence: number, text: string }>} */
const store = new Map();

// Compares and sets in one step, as a script does in Redis, or `WHERE fence <= $1` in SQL. Each key
// belongs to one job: fences of different jobs cannot be compared.
/** @type {(key: string, fence: number, text: string) => boolean} */
function setFenced(key, fence, text) {
  if ((store.get(key)?.fence ?? 0) > fence) return false;
  store.set(key, { fence, text });
  return true;
}

let wakeUp = () => {};
const woken = new Promise((resolve) => (wakeUp = () => resolve(undefined)));
let tellEnd = () => {};
const lateEnd = new Promise((resolve) => (tellEnd = () => resolve(undefined)));

const report = defineTask('reports.write', async () => {
  const { fence } = local;
  // The first run stops here, as on a machine that sleeps, and does not notice that it has lost its
  // job.
  if (fence === 1) await woken;
  const isWritten = setFenced(local.getJob().id, fence, `the report of run ${fence}`);
  console.log(`run ${fence} ${isWritten ? 'has written' : 'was refused'}`);
  if (fence === 1) tellEnd();
});

const queues = { reports: { main: { size: 1 } } };
const first = new Dispatcher({ queues });
const started = new Promise((resolve) => first.on('started', resolve));
await first.activate();
const queue = new Queue('reports');
const job = await queue.put(report.job());
await started;
await first.deactivate();

const second = new Dispatcher({ queues });
await second.activate();
await job.wait();

wakeUp();
await lateEnd;
console.log(`kept: ${store.get(job.id)?.text}`);

await queue.close();
await second.deactivate();

// Prints:
// run 2 has written
// run 1 was refused
// kept: the report of run 2
