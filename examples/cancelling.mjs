// Cancelling: running jobs are told to stop, waiting jobs never start, and a `wait` gets the
// reason.
import { defineTask, Failure, local, Queue } from '@drover/core';
import { parallel } from '@drover/composite';
import { Dispatcher } from '@drover/worker';

// A task that heeds `local.signal` stops at once. Any other task runs on, but its result is
// refused.
const render = defineTask('film.render', async (/** @type {number} */ scene) => {
  if (scene === 1) return 'scene 1 is ready';
  console.log(`scene ${scene} began`);
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  console.log(`scene ${scene} was told: ${local.signal.reason.message}`);
  throw local.signal.reason;
});
const cut = defineTask('film.cut', async () => console.log('this never runs'));
const tell = defineTask('film.tell', async (/** @type {unknown} */ result) => {
  if (result instanceof Failure) console.log(`the callback got ${result}`);
});

// One slot: scene 1, then scene 2; scene 3 waits.
const dispatcher = new Dispatcher({ queues: { films: { main: { size: 1 } } } });
await dispatcher.activate();
const queue = new Queue('films');

const scenes = [render.job(1), render.job(2), render.job(3)];
const film = parallel(scenes, { postprocess: cut.job() }).with({ failureLogLevel: 'debug' });
for (const scene of scenes) scene.with({ failureLogLevel: 'debug' });
await film.addCallback(tell.job());
const began = new Promise((resolve) =>
  dispatcher.on('started', ({ job }) => job.id === scenes[1]?.id && resolve(job)),
);
await queue.put(film);
await began;

// From any process: `(await queue.get(id)).cancel(…)`.
await film.cancel('the director has left');
await film.wait().catch((error) => console.log(`${error.name}: ${error.message}`));
for (const scene of scenes) console.log(await scene.wait().catch((error) => error.name));

await queue.close();
await dispatcher.deactivate();

// Prints:
// scene 2 began
// scene 2 was told: the director has left
// the callback got CancelledError: the director has left
// CancelledError: the director has left
// scene 1 is ready
// CancelledError
// CancelledError
