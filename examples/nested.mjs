// Nested composites: a composite is a job, so it can be a part of another composite. Here all
// chapters run at once, and the pages of each chapter in order.
import { defineTask, Queue } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { Dispatcher } from '@drover/worker';

const page = defineTask('book.page', async (/** @type {string} */ text) => text);
const chapter = defineTask(
  'book.chapter',
  async (
    /** @type {string} */ title,
    /** @type {import('@drover/core').Job<string>[]} */ ...pages
  ) => {
    return `${title} (${pages.map(({ result }) => result).join(' ')})`;
  },
);
const bind = defineTask(
  'book.bind',
  async (/** @type {import('@drover/core').Job<string>[]} */ ...chapters) => {
    return chapters.map(({ result }) => result).join(', ');
  },
);

const dispatcher = new Dispatcher({ queues: { books: { main: { size: 10 } } } });
await dispatcher.activate();
const queue = new Queue('books');

const book = parallel(
  [
    serial([page.job('call'), page.job('me')], { postprocess: chapter.job('Loomings') }),
    serial([page.job('there'), page.job('she'), page.job('blows')], {
      postprocess: chapter.job('The Chase'),
    }),
  ],
  { postprocess: bind.job() },
);
await queue.put(book);
console.log(await book.wait());

// The parts are jobs, with handles of their own.
for (const part of book.jobs) console.log(part.task, (await part.refresh()).status);

await queue.close();
await dispatcher.deactivate();

// Prints:
// Loomings (call me), The Chase (there she blows)
// drover.serial completed
// drover.serial completed
