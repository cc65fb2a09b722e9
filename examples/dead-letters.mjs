// Dead letters: a job that has failed for good is reported to a queue of its own. When the cause is
// gone, one call lets all failed jobs run again.
import { defineTask, NeverRetry, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

/** @typedef {import('@drover/core').Failure} Failure */

let isUp = false;
const send = defineTask('mail.send', async (/** @type {string} */ to) => {
  if (!isUp) throw new Error('the mail server refuses');
  console.log(`sent to ${to}`);
});

// No dispatcher serves this queue: its jobs wait for people, who list them and remove them.
const dead = new Queue('mail-dead');
const review = defineTask('mail.review', async (/** @type {string[]} */ ...letter) => letter);
const handOver = defineTask(
  'mail.handOver',
  async (/** @type {string} */ to, /** @type {Failure} */ failure) => {
    await dead.put(review.job(to, failure.message)); // stored with the result of this callback
  },
);

const dispatcher = new Dispatcher({ queues: { mail: { main: { size: 1 } } } });
await dispatcher.activate();
const queue = new Queue('mail', {
  defaultJobOptions: { retryPolicy: NeverRetry, failureLogLevel: 'debug' },
});

const jobs = ['Ada', 'Bob'].map((to) => ({ to, job: send.job(to) }));
for (const { to, job } of jobs) {
  await job.addCallbacks({ failure: handOver.job(to) });
  await queue.put(job);
  await job.wait().catch(() => {});
}
for (const letter of await dead.jobs()) console.log(`dead letter: ${letter.args.join(', ')}`);

isUp = true; // the cause is gone
const { matched, done } = await queue.retryAll(); // the newest first
for (const { job } of jobs) await (await job.refresh()).wait();
console.log(`${done} of ${matched} ran again`);
console.log(`${await dead.drain()} dead letters removed`);

await Promise.all([queue.close(), dead.close()]);
await dispatcher.deactivate();

// Prints:
// dead letter: Ada, the mail server refuses
// dead letter: Bob, the mail server refuses
// sent to Bob
// sent to Ada
// 2 of 2 ran again
// 2 dead letters removed
