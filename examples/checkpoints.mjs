// Checkpoints: a long job whose worker is stopped goes on where it was. A step that `local.once`
// has finished is not repeated.
import { defineTask, local, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

let tellThird = () => {};
const third = new Promise((resolve) => (tellThird = () => resolve(undefined)));

const print = defineTask('books.print', async (/** @type {number} */ chapters) => {
  let pages = 0;
  for (let chapter = 1; chapter <= chapters; chapter++) {
    // `once` stores the result before it returns. A later run gets the stored result.
    pages += await local.once(`chapter ${chapter}`, () => printChapter(chapter));
  }
  return pages;
});

/** @type {(chapter: number) => Promise<number>} */
async function printChapter(chapter) {
  if (chapter === 3 && local.fence === 1) {
    tellThird();
    await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
    throw local.signal.reason;
  }
  console.log(`run ${local.fence} prints chapter ${chapter}`);
  return 10 * chapter;
}

const queues = { books: { main: { size: 1 } } };
const first = new Dispatcher({ queues });
await first.activate();
const queue = new Queue('books');
const job = await queue.put(print.job(4));

await third;
await first.deactivate();
await job.refresh();
console.log(`the worker was stopped; interruptions: ${job.interruptions}`);

const second = new Dispatcher({ queues });
await second.activate();
console.log(`${await job.wait()} pages`);

await queue.close();
await second.deactivate();

// Prints:
// run 1 prints chapter 1
// run 1 prints chapter 2
// the worker was stopped; interruptions: 1
// run 2 prints chapter 3
// run 2 prints chapter 4
// 100 pages
