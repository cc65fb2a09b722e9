// A removed part counts as a failure in its composite's join, so that no composite hangs (C2, Q3).
import { defineTask, type Job } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('removed-parts');
const removed = { name: 'RemovedError', code: 'DROVER_REMOVED' };

/** A job that keeps the only slot of a dispatcher until the test opens it. */
function holder(name: string): { job: Job; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { job: defineTask(`removed-parts.${name}`, () => opened).job(), open };
}

async function untilPending(job: Job): Promise<void> {
  await eventually(async () => (await job.refresh()).status === 'pending');
}

it.each(['remove', 'pull'] as const)(
  'Q3 C2 a part of a parallel that is taken out by %s gives a RemovedError',
  async (how) => {
    const name = `parallel-${how}`;
    const queue = context.queue(name);
    const { job, open } = holder(name);
    const part = give.job('second');
    const composite = await queue.put(parallel([job, part, give.job('third')]));
    await startDispatcher(context, name, 1);
    await waitForStart(job);
    await untilPending(part);
    if (how === 'remove') await queue.remove(part);
    else expect((await queue.pull())?.id).toBe(part.id);
    expect(await queue.get(part.id)).toBeUndefined();
    await expect(part.wait()).rejects.toThrow('was removed: it will never complete');
    open();
    expect(await composite.wait()).toMatchObject([undefined, removed, 'third']);
  },
);

it('Q3 C2 removing the last open part wakes the composite at once', async () => {
  const queue = context.queue('last');
  const part = give.job('second').with({ beginAfter: 60_000 });
  const first = give.job('first');
  const composite = await queue.put(parallel([first, part], { postprocess: gather.job() }));
  await startDispatcher(context, 'last', 1);
  await untilPending(part);
  await first.wait();
  await queue.remove(part);
  const failure = 'RemovedError: job ';
  expect(await composite.wait()).toMatchObject([
    ['composite.give', 'completed', 'first'],
    ['', 'completed', expect.stringContaining(failure) as string],
  ]);
});

it('Q3 C2 removing a part of a serial starts the next one', async () => {
  const queue = context.queue('serial');
  const part = give.job('first').with({ beginAfter: 60_000 });
  // Its beginBy counts from its turn, also when a removal brings the turn.
  const second = give.job('second').with({ beginBy: 10_000 });
  const composite = await queue.put(serial([part, second, give.job('third')]));
  await startDispatcher(context, 'serial', 1);
  await untilPending(part);
  await context.redis.hset(
    `${context.prefix}:serial:${second.id}`,
    'timestamp',
    Date.now() - 60_000,
  );
  await queue.remove(part);
  expect(await composite.wait()).toMatchObject([removed, 'second', 'third']);
});

it('Q3 C2 removing all parts ends the composite, at any depth', async () => {
  const queue = context.queue('all');
  const later = { beginAfter: 60_000 };
  const parts = [give.job(1).with(later), give.job(2).with(later)];
  const composite = await queue.put(parallel([serial([parallel(parts)]), give.job(3)]));
  await startDispatcher(context, 'all', 1);
  for (const part of parts) await untilPending(part);
  for (const part of parts) await queue.remove(part);
  expect(await composite.wait()).toMatchObject([[[removed, removed]], 3]);
});

it('Q3 C2 removing the postprocess fails the composite with a RemovedError', async () => {
  const queue = context.queue('postprocess');
  const postprocess = gather.job().with({ beginAfter: 60_000 });
  const composite = await queue.put(parallel([], { postprocess }));
  await startDispatcher(context, 'postprocess', 1);
  await untilPending(postprocess);
  await queue.remove(postprocess);
  await expect(composite.wait()).rejects.toMatchObject(removed);
});
