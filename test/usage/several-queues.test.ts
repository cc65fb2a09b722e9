// Configuration, "Multiple queues": a queue for each kind of work, so that it is plain who does
// what.
import { defineTask, local } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-several');
const dispatchers = dispatchersIn(context);
const where = defineTask('several.where', async () => [
  local.getQueue().name,
  local.getDispatcher().uuid,
]);

// Film and sound need different machines. Two queues, and each kind of worker serves its own:
// nothing has to be said on the job, and each queue is as long as its own work.
it('Q1 each dispatcher serves the queues that it names', async () => {
  const [film, sound] = [context.queue('film'), context.queue('sound')];
  const [atFilm, atSound] = [await dispatchers.start('film'), await dispatchers.start('sound')];

  expect(await (await film.put(where.job())).wait()).toEqual(['film', atFilm.uuid]);
  expect(await (await sound.put(where.job())).wait()).toEqual(['sound', atSound.uuid]);
});

// A task may put work into another queue than its own.
it('Q1 work may go from one queue to the next', async () => {
  const relay = defineTask(
    'several.relay',
    async () => (await context.queue('sound').put(where.job())).id,
  );
  const id = await (await context.queue('film').put(relay.job())).wait();
  const [queue] = (await (await context.queue('sound').get(id))?.wait()) as string[];
  expect(queue).toBe('sound');
});
