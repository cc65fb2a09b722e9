// Several tasks share a batch. Its jobs belong to none of their runs: if one task fails, the mails
// of the others are sent.
import { setTimeout as pause } from 'node:timers/promises';
import { defineTask, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

const mail = defineTask('people.mail', async (/** @type {string} */ to) => `sent to ${to}`);
// Without `immediate`, the mails of a batch would belong to the run of the task that came first,
// and would be dropped if it failed.
const mails = new Queue('mails', { immediate: true });

/** @type {string[]} */
let batch = [];
/** @type {Promise<unknown> | undefined} */
let flushing;

/** @type {(to: string) => Promise<void>} */
async function sendMail(to) {
  batch.push(to);
  flushing ??= flush();
  await flushing;
}

async function flush() {
  await pause(50);
  const all = batch;
  batch = [];
  flushing = undefined;
  await mails.putAll(all.map((to) => mail.job(to)));
}

const invite = defineTask('people.invite', async (/** @type {string} */ name) => {
  await sendMail(name);
  if (name === 'Ada') throw new Error(`${name} has moved`);
  return `${name} is invited`;
});

const dispatcher = new Dispatcher({ queues: { people: { main: { size: 2 } } } });
await dispatcher.activate();
const people = new Queue('people');
const jobs = await people.putAll([invite.job('Ada'), invite.job('Bob')]);

for (const job of jobs) console.log(await job.wait().catch((error) => `failed: ${error.message}`));
const put = await mails.jobs();
const names = put.map(({ args }) => String(args[0])).sort();
console.log('mails for', names.join(' and '));

await people.close();
await mails.close();
await dispatcher.deactivate();

// Prints:
// failed: Ada has moved
// Bob is invited
// mails for Ada and Bob
