// An appended job is a part like the others: it has its own lane, quotas and callbacks, and is
// cancelled with them (C4).
import { defineTask, local, type Job } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { type Composite, parallel, serial } from '@drover/composite';
import { once } from 'node:events';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { gather, give } from './dispatchers.js';

const context = testContext('composite-append-kinds');
const dispatchers = dispatchersIn(context);

describe.each([
  ['serial', serial],
  ['parallel', parallel],
] as const)('%s', (name, compose) => {
  it('C4, C3, Q5 an appended part has its lane, quotas, callbacks and place', async () => {
    const queue = context.queue(name);
    await queue.quotas.create('one', 1);
    const heard: unknown[] = [];
    const hear = defineTask(
      `append-kinds.hear.${name}`,
      (value: unknown) => void heard.push(value),
    );
    const part = async (value: string, lane: string) => {
      const job = give.job(value).with({ lane, quotas: ['one'], beginBy: 600_000 });
      await job.addCallback(hear.job() as Job);
      return job;
    };
    const appends = defineTask(`append-kinds.appends.${name}`, async (composite: Composite) => {
      for (const [value, lane] of ['dx', 'emain', 'fy', 'gx'].map((text) => [
        text.slice(0, 1),
        text.slice(1),
      ])) {
        await composite.append(await part(value as string, lane as string));
      }
      return 'b';
    });
    const postprocess = (gather.job() as Job<unknown>).with({ lane: 'post' });
    const job = compose([] as Job[], { postprocess }).with({ lane: 'outer' });
    await job.append(await part('a', 'x'));
    await job.append(appends.job(job).with({ lane: 'y' }));
    await queue.put(job);
    await job.append(await part('c', 'x'));
    const lanes = ['main', 'x', 'y', 'post', 'outer'];
    await dispatchers.start(name, { queues: { [name]: { main: { size: 3, lanes } } } });
    expect(((await job.wait()) as unknown[][]).map(([, , value]) => value)).toEqual([...'abcdefg']);
    expect(heard.sort()).toEqual([...'acdefg']);
    await job.refresh();
    for (const each of job.jobs) await each.refresh();
    expect(job.jobs.map(({ status, result }) => [status, result])).toEqual(
      [...'abcdefg'].map((v) => ['completed', v]),
    );
    expect(job.jobs.map(({ options: { lane = 'main' } }) => lane)).toEqual([
      'x',
      'y',
      'x',
      'x',
      'main',
      'y',
      'x',
    ]);
    expect(await queue.quotas.get('one')).toMatchObject({ holders: [], waiters: 0 });
  });

  it('C4, O1 appended parts are cancelled too, and later appends are refused', async () => {
    const queue = context.queue(`${name}-cancelled`);
    const ran: string[] = [];
    const heeds = defineTask(`append-kinds.heeds.${name}`, async (composite: Composite) => {
      const { signal } = local;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      ran.push(
        await composite.append(give.job('too late')).then(
          () => 'appended',
          (error: Error) => error.name,
        ),
      );
    });
    const after = defineTask(`append-kinds.after.${name}`, () => void ran.push('after'));
    const appended: Job[] = [];
    const appends = defineTask(`append-kinds.both.${name}`, async (composite: Composite) => {
      appended.push(
        await composite.append(heeds.job(composite)),
        await composite.append(after.job()),
      );
    });
    const job = compose([] as Job[]);
    await job.append(appends.job(job));
    await queue.put(job);
    const dispatcher = dispatchers.make(queue.name, { size: 1 });
    // At this event the handles of the run's puts have their places; others see its result before.
    const hasAppended = once(dispatcher, 'completed');
    await dispatcher.activate();
    await hasAppended;
    await waitForStart(appended[0] as Job);
    await job.cancel('enough');
    for (const each of [job, ...appended])
      await expect(each.wait()).rejects.toMatchObject({ name: 'CancelledError' });
    await expect(job.append(give.job(1))).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
    await dispatcher.deactivate({ grace: 10_000 });
    expect(ran).toEqual(['BadStatusError']);
    expect(await queue.length()).toBe(0);
  });
});
