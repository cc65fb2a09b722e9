// Pull and remove of composites and their parts (Q3).
import { BadStatusError, defineTask, Queue, type Job } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { eventually, within } from '../../../../test/kit/wait.js';
import { gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('composite-remove');

it('Q3 a pending composite is removed with its parts', async () => {
  const queue = context.queue('pending');
  const parts = [give.job(1), give.job(2)];
  const album = await queue.put(serial(parts, { postprocess: gather.job() }));
  await queue.remove(album);
  expect(await queue.length()).toBe(0);
  for (const job of [album, ...parts, album.postprocess as Job])
    expect(await queue.get(job.id)).toBeUndefined();
  const pulled = await queue.put(parallel([give.job(1)]));
  expect((await queue.pull())?.id).toBe(pulled.id);
});

/** A composite with one running part, in a queue with one slot. */
async function running(name: string): Promise<{ album: Job; parts: [Job, Job]; open: () => void }> {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const parts: [Job, Job] = [defineTask(`remove.${name}`, () => opened).job(), give.job('second')];
  const album = await context.queue(name).put(parallel(parts, { postprocess: gather.job() }));
  await startDispatcher(context, name, 1);
  await waitForStart(parts[0]);
  await eventually(async () => (await parts[1].refresh()).status === 'pending');
  return { album, parts, open };
}

it('Q3 a running composite and a running part cannot be removed', async () => {
  const { album, parts, open } = await running('runs');
  const queue = context.queue('runs');
  await expect(queue.remove(album)).rejects.toThrow(
    `job ${album.id} is active: only a pending job can be removed`,
  );
  await expect(queue.remove(parts[0])).rejects.toThrow(BadStatusError);
  open();
  expect(await album.wait()).toHaveLength(2);
});

it('Q3 pull ends when a part is at the head of the queue', async () => {
  const { album, open } = await running('pull');
  const queue = new Queue('pull', { connection: context.redisUrl, prefix: context.prefix });
  try {
    await within(
      queue.pull().catch(() => {}),
      1_000,
      () => 'it goes on for ever',
    );
  } finally {
    await queue.close(); // ends the pull too
    open();
    await album.wait();
  }
});
