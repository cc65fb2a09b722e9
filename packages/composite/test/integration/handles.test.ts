// Handles of a composite and its parts: their statuses, also read by another process (J2, C5).
import { type JobStatus, Queue, type Job } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { Composite, parallel, serial } from '@drover/composite';
import { defineTask } from '@drover/core';
import { FlowProducer } from 'bullmq';
import { testContext } from '../../../../test/kit/context.js';
import { gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('composite-handles');
const statuses = async (jobs: readonly Job[]): Promise<JobStatus[]> => {
  const found: JobStatus[] = [];
  for (const job of jobs) found.push((await job.refresh()).status);
  return found;
};

/** A task that runs until the test opens it. */
function gated(name: string) {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { task: defineTask(name, () => opened.then(() => name)), open: () => open() };
}

it('a composite has the given jobs as parts and postprocess', () => {
  const [a, b, postprocess] = [give.job(1), give.job(2), gather.job()];
  const album = parallel([a, b], { postprocess });
  expect(album).toBeInstanceOf(Composite);
  expect(album.jobs).toEqual([a, b]);
  expect(album.jobs[0]).toBe(a);
  expect(album.postprocess).toBe(postprocess);
  expect(serial([a]).postprocess).toBeUndefined();
});

it('J2 parts go from new to completed while the composite is active', async () => {
  const { task, open } = gated('handles.gate');
  const [first, second, postprocess] = [task.job(), give.job(2), gather.job()];
  const album = serial([first, second], { postprocess });
  expect([album.status, first.status]).toEqual(['new', 'new']);
  await context.queue('statuses').put(album);
  expect(await statuses([album, first, second, postprocess])).toEqual([
    'pending',
    'new',
    'new',
    'new',
  ]);
  await startDispatcher(context, 'statuses');
  await waitForStart(first);
  expect(await statuses([album, first, second, postprocess])).toEqual([
    'active',
    'active',
    'new',
    'new',
  ]);
  expect(
    (await context.queue('statuses').jobs({ status: 'new' })).map(({ id }) => id).sort(),
  ).toEqual([second.id, postprocess.id].sort());
  open();
  await album.wait();
  expect(await statuses([album, first, second, postprocess])).toEqual([
    'completed',
    'completed',
    'completed',
    'completed',
  ]);
  expect(postprocess.result).toEqual(album.result);
});

it('a composite that another process reads by its id has the same parts', async () => {
  await startDispatcher(context, 'read');
  const [part, postprocess] = [give.job('value'), gather.job()];
  const { id } = await context.queue('read').put(parallel([part], { postprocess }));
  const other = new Queue('read', { connection: context.redisUrl, prefix: context.prefix });
  const album = (await other.get(id)) as Composite;
  expect(album).toBeInstanceOf(Composite);
  expect(album.jobs.map((job) => [job.id, job.task])).toEqual([[part.id, 'composite.give']]);
  expect(album.postprocess?.id).toBe(postprocess.id);
  await album.wait();
  expect(await (album.jobs[0] as Job).wait()).toBe('value');
  expect(await album.postprocess?.wait()).toEqual([['composite.give', 'completed', 'value']]);
  expect(await (await other.get(part.id))?.refresh()).toMatchObject({
    status: 'completed',
    result: 'value',
    args: ['value'],
  });
  await other.close();
});

it('a part can be waited for before its turn', async () => {
  const parts = [give.job(1), give.job(2), give.job(3)];
  await context.queue('waits').put(serial(parts));
  const waiting = parts.map((part) => part.wait());
  await startDispatcher(context, 'waits');
  expect(await Promise.all(waiting)).toEqual([1, 2, 3]);
});

it("C5 BullMQ's own FlowProducer shows the flow", async () => {
  const { task, open } = gated('handles.flow');
  const parts = [task.job(), give.job(2)];
  const album = serial(parts, { postprocess: gather.job(), packed: false });
  await context.queue('flow').put(album);
  await startDispatcher(context, 'flow');
  await waitForStart(parts[0] as Job);
  const flows = new FlowProducer({ connection: { url: context.redisUrl }, prefix: context.prefix });
  const flow = await flows.getFlow({ id: album.id, queueName: 'flow' });
  const names: (string | undefined)[] = [];
  for (let node: typeof flow | undefined = flow; node; [node] = node.children ?? [])
    names.push(node.job.id);
  expect(names).toEqual([album, album.postprocess, parts[1], parts[0]].map((job) => job?.id));
  expect(flow.job.name).toBe('drover.serial');
  open();
  await album.wait();
  await flows.close();
});
