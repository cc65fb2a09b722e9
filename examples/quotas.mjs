// Quotas with keys: of each customer's reports one is made at a time, across all workers. No
// customer waits for the reports of another: they take turns.
import { defineTask, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

let open = () => {};
const opened = new Promise((resolve) => (open = () => resolve(undefined)));
let atWork = 0;
let most = 0;

const report = defineTask(
  'reports.make',
  async (/** @type {string} */ customer, /** @type {string} */ month) => {
    if (customer === 'Acme') {
      atWork += 1;
      most = Math.max(most, atWork);
      await opened; // Acme's reports take as long as they like
      atWork -= 1;
    }
    console.log(`${customer}: ${month}`);
  },
);

// The agent has ten slots, each key of the quota has one. A slot is free again when its job ends,
// also by the death of its worker.
const dispatcher = new Dispatcher({ queues: { reports: { main: { size: 10 } } } });
await dispatcher.activate();
const queue = new Queue('reports');
await queue.quotas.create('reports of', 1, { keyed: true });

/** @type {(customer: string, month: string) => ReturnType<typeof report.job>} */
const reportFor = (customer, month) =>
  report.job(customer, month).with({ quotas: [`reports of/${customer}`] });
const acme = await queue.putAll(
  ['January', 'February', 'March'].map((month) => reportFor('Acme', month)),
);
const bolt = await queue.put(reportFor('Bolt', 'January'));

await bolt.wait();
open();
await Promise.all(acme.map((job) => job.wait()));
console.log(`at most ${most} of Acme's at a time`);

await queue.close();
await dispatcher.deactivate();

// Prints:
// Bolt: January
// Acme: January
// Acme: February
// Acme: March
// at most 1 of Acme's at a time
