// Configuration, "Agents": how a dispatcher shares itself out among queues.
import { defineTask } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { testContext } from '../kit/context.js';
import { dispatchersIn, hasStarted } from '../kit/dispatchers.js';

const context = testContext('usage-agents');
const dispatchers = dispatchersIn(context);

// A dispatcher has agents in the queues that it serves, each with a name and a size. It runs no job
// of a queue for which it has no agent.
it('Q6 a queue without an agent waits', async () => {
  const quick = defineTask('agents.quick', async () => 'done');
  const [served, unserved] = [context.queue('served'), context.queue('unserved')];
  await dispatchers.start('served');
  const left = await unserved.put(quick.job());
  expect(await (await served.put(quick.job())).wait()).toBe('done');
  expect((await left.refresh()).status).toBe('pending');

  await dispatchers.start('unserved');
  expect(await left.wait()).toBe('done');
});

// The size of an agent is how many jobs it runs at a time. The third job of these waits for one of
// the others.
it('Q6 an agent runs as many jobs at a time as its size says', async () => {
  const queue = context.queue('sized');
  let finishFirst = (): void => {};
  let finishOthers = (): void => {};
  const first = new Promise<void>((resolve) => (finishFirst = resolve));
  const others = new Promise<void>((resolve) => (finishOthers = resolve));
  const work = defineTask('agents.work', (name: string) => (name === 'a' ? first : others));
  const dispatcher = await dispatchers.start('sized', { size: 2 });
  const [a, b, c] = [work.job('a'), work.job('b'), work.job('c')];
  const firstTwoStarted = Promise.all([hasStarted(dispatcher, a), hasStarted(dispatcher, b)]);
  const thirdStarted = hasStarted(dispatcher, c);
  await queue.putAll([a, b, c]);
  await firstTwoStarted;
  expect(
    dispatcher
      .activeJobs()
      .map(({ id }) => id)
      .sort(),
  ).toEqual([a.id, b.id].sort());
  expect((await c.refresh()).status).toBe('pending');

  finishFirst();
  await thirdStarted;
  finishOthers();
  await Promise.all([b.wait(), c.wait()]);
});

// One dispatcher serves as many queues as it is told, each with agents of its own: a busy queue
// takes nothing from another.
it('Q6 a full queue does not hold up another', async () => {
  const [slow, fast] = [context.queue('slow'), context.queue('fast')];
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const long = defineTask('agents.long', () => finished);
  const short = defineTask('agents.short', async () => 'quick');
  await dispatchers.start('slow', {
    queues: { slow: { main: { size: 1 } }, fast: { main: { size: 1 } } },
  });

  const first = await slow.put(long.job());
  await waitForStart(first);
  expect(await (await fast.put(short.job())).wait()).toBe('quick');
  finish();
  await first.wait();
});
