// Configuration, "Starting the dispatcher": the object that makes a process a worker.
import { once } from 'node:events';
import { defineTask } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-starting');
const dispatchers = dispatchersIn(context);
const hello = defineTask('starting.hello', async () => 'hello');

// It is made, activated, and deactivated when the process is to end; by then it runs nothing any
// more. In a program of your own SIGTERM and SIGINT do the last by themselves.
it('D1 a dispatcher is activated, works, and is deactivated', async () => {
  const queue = context.queue('greetings');
  const dispatcher = dispatchers.make('greetings');
  expect(dispatcher.status).toBe('new');

  const job = await queue.put(hello.job());
  await dispatcher.activate();
  expect(dispatcher.status).toBe('active');
  expect(await job.wait()).toBe('hello');

  await dispatcher.deactivate();
  expect(dispatcher.status).toBe('deactivated');
  expect(dispatcher.activeJobs()).toEqual([]);
});

// It says what happens to it, and to the jobs it runs, as events.
it('D8 a dispatcher emits events', async () => {
  const dispatcher = dispatchers.make('told');
  const told: string[] = [];
  dispatcher.on('activated', ({ uuid }) => told.push(`activated ${uuid === dispatcher.uuid}`));
  dispatcher.on('started', ({ job, agent }) => told.push(`${agent} starts ${job.task}`));
  dispatcher.on('completed', ({ job }) => told.push(`completed ${job.task}`));
  dispatcher.on('failed', ({ job, failure }) =>
    told.push(`failed ${job.task}: ${failure.message}`),
  );

  await dispatcher.activate();
  const trip = defineTask('starting.trip', async () => {
    throw new Error('tripped');
  });
  await (await context.queue('told').put(hello.job())).wait();
  const [failed] = [once(dispatcher, 'failed'), await context.queue('told').put(trip.job())];
  await failed;
  expect(told).toEqual([
    'activated true',
    'main starts starting.hello',
    'completed starting.hello',
    'main starts starting.trip',
    'failed starting.trip: tripped',
  ]);
});

// Its UUID is its name for ever: whatever it left behind is found under it by the next process of
// the same name. So there is one at a time. A second one that is started by mistake says so, and
// does no work.
it('D1 one dispatcher of a UUID is active at a time', async () => {
  const first = await dispatchers.start('one');
  const second = dispatchers.make('one', { uuid: first.uuid });
  await expect(second.activate({ wait: false })).rejects.toMatchObject({
    code: 'DROVER_ALREADY_ACTIVATED',
  });

  // With `wait`, as by default, it stands by, and is active when the first one has gone.
  const standby = dispatchers.make('one', { uuid: first.uuid });
  const active = standby.activate();
  await first.deactivate();
  await active;
  expect(await (await context.queue('one').put(hello.job())).wait()).toBe('hello');
  expect(standby.status).toBe('active');
});
