// Stopping a dispatcher: running jobs may end within the grace, the rest is interrupted, and no job
// is claimed any more (D6).
import { BadStatusError, defineTask, InvalidArgumentError, local, type Job } from '@drover/core';
import type { Dispatcher } from '@drover/worker';
import { testContext } from '../../../../test/kit/context.js';
import { collect, dispatchersIn, next } from './dispatchers.js';
import { aborted, gate } from '../../../../test/kit/gate.js';

const context = testContext('deactivate');
const dispatchers = dispatchersIn(context);

/** A dispatcher that runs the only job of its queue. */
async function running<R>(
  name: string,
  job: Job<R>,
): Promise<{ dispatcher: Dispatcher; job: Job<R> }> {
  const dispatcher = dispatchers.make(name, { size: 1 });
  const started = next(dispatcher, 'started');
  await context.queue(name).put(job);
  await dispatcher.activate();
  await started;
  return { dispatcher, job };
}

const heeds = defineTask('deactivate.heeds', async () => await aborted(local.signal));
const finishes = defineTask(
  'deactivate.finishes',
  async () => await aborted(local.signal).catch((reason: Error) => reason.name),
);

it.each<[unknown, string]>([
  [null, 'the options of deactivate must be an object'],
  [{ grace: '5' }, 'grace must be a number of ms that is not negative'],
  [{ grace: 5n }, 'grace must be'],
  [{ grace: Symbol('s') }, 'grace must be'],
  [{ grase: 5 }, 'deactivate has no option "grase"'],
])('D6, B2 deactivate(%p) is refused, and changes nothing', async (options, why) => {
  const dispatcher = dispatchers.make('refuses');
  await expect(dispatcher.deactivate(options as never)).rejects.toThrow(why);
  await expect(dispatcher.activate((options && { wait: 1 }) as never)).rejects.toThrow(
    /activate must be|wait must be/,
  );
  expect(dispatcher.status).toBe('new');
  await dispatcher.deactivate();
});

it('D6 without a grace a running job is interrupted at once, and stays active', async () => {
  const open = gate();
  const { dispatcher, job } = await running(
    'at-once',
    defineTask('deactivate.deaf', () => open.opened).job(),
  );
  await dispatcher.deactivate();
  expect(dispatcher.status).toBe('deactivated');
  expect(await job.refresh()).toMatchObject({ status: 'active', interruptions: 1 });
  expect(
    (await context.queue('at-once').jobs()).map(({ task, args }) => [task, (args[0] as Job).id]),
  ).toEqual([['drover.handleInterrupt', job.id]]);
  open.open();
});

it('D6 a job that ends within the grace is stored, and not interrupted', async () => {
  const open = gate();
  const { dispatcher, job } = await running(
    'within',
    defineTask('deactivate.ends', () => open.opened.then(() => 'done')).job(),
  );
  const interrupted = collect(dispatcher, 'interrupted');
  const stopping = dispatcher.deactivate({ grace: 20_000 });
  expect(dispatcher.status).toBe('deactivating');
  open.open();
  await stopping;
  expect(await job.refresh()).toMatchObject({
    status: 'completed',
    result: 'done',
    interruptions: 0,
  });
  expect([interrupted, await context.queue('within').length()]).toEqual([[], 0]);
});

it('D6 the result of a job that returns on its signal is stored', async () => {
  const { dispatcher, job } = await running('returns', finishes.job());
  await dispatcher.deactivate({ grace: 20_000 });
  expect(await job.refresh()).toMatchObject({ status: 'completed', result: 'ReassignedError' });
});

it('D6 `local` works in a listener of its signal', async () => {
  const listens = defineTask(
    'deactivate.listens',
    async () =>
      await new Promise<string>((resolve) =>
        local.signal.addEventListener('abort', () => resolve(local.getJob().id)),
      ),
  );
  const { dispatcher, job } = await running('listens', listens.job());
  await dispatcher.deactivate({ grace: 20_000 });
  expect(await job.refresh()).toMatchObject({ status: 'completed', result: job.id });
});

it('D6 a job that throws on its signal is interrupted, and has not failed', async () => {
  const { dispatcher, job } = await running('throws', heeds.job());
  const failed = collect(dispatcher, 'failed');
  await dispatcher.deactivate({ grace: 600_000 });
  expect(await job.refresh()).toMatchObject({
    status: 'active',
    interruptions: 1,
    result: undefined,
  });
  expect(failed).toEqual([]);
});

it('D6 a job that runs on after the grace is interrupted', async () => {
  const open = gate();
  const { dispatcher, job } = await running(
    'after',
    defineTask('deactivate.slow', () => open.opened).job(),
  );
  await dispatcher.deactivate({ grace: 50 });
  expect(await job.refresh()).toMatchObject({ status: 'active', interruptions: 1 });
  open.open();
});

it('D6 no job is claimed within the grace, and pending jobs stay unchanged', async () => {
  const open = gate();
  const noted = defineTask('deactivate.noted', () => {});
  const { dispatcher, job } = await running(
    'nothing-more',
    defineTask('deactivate.holds', () => open.opened).job(),
  );
  const started = collect(dispatcher, 'started');
  const waiting = await context.queue('nothing-more').putAll([noted.job(), noted.job()]);
  const stopping = dispatcher.deactivate({ grace: 20_000 });
  waiting.push(await context.queue('nothing-more').put(noted.job()));
  open.open();
  await Promise.all([stopping, job.wait()]);
  expect(started).toEqual([]);
  expect(
    (await context.queue('nothing-more').jobs()).map(({ id, status }) => [id, status]),
  ).toEqual(waiting.map(({ id }) => [id, 'pending']));
});

it.each([
  ['without a grace', undefined],
  ['with a shorter grace', { grace: 20 }],
])('D6 a second call %s shortens the grace of the first', async (name, second) => {
  const open = gate();
  const task = defineTask(`deactivate.shortened ${name}`, () => open.opened);
  const { dispatcher, job } = await running(second ? 'shortened' : 'ended-at-once', task.job());
  const first = dispatcher.deactivate({ grace: 600_000 });
  await dispatcher.deactivate(second);
  await first;
  expect(await job.refresh()).toMatchObject({ status: 'active', interruptions: 1 });
  open.open();
});

it('D6 a second call with a longer grace changes nothing', async () => {
  const open = gate();
  const { dispatcher, job } = await running(
    'not-longer',
    defineTask('deactivate.notLonger', () => open.opened).job(),
  );
  await Promise.all([
    dispatcher.deactivate({ grace: 50 }),
    dispatcher.deactivate({ grace: 600_000 }),
  ]);
  expect(await job.refresh()).toMatchObject({ status: 'active', interruptions: 1 });
  open.open();
});

it('D6 two calls during activate end, and activate rejects', async () => {
  const dispatcher = dispatchers.make('twice-meanwhile');
  const activating = Promise.allSettled([dispatcher.activate()]);
  await Promise.all([dispatcher.deactivate({ grace: 600_000 }), dispatcher.deactivate()]);
  expect((await activating)[0]?.status).toBe('rejected');
  expect(dispatcher.status).toBe('deactivated');
});

it('D6 a second call waits for the first, and a new dispatcher can be deactivated', async () => {
  const dispatcher = await dispatchers.start('idle');
  await Promise.all([dispatcher.deactivate(), dispatcher.deactivate()]);
  expect(dispatcher.status).toBe('deactivated');
  const unused = dispatchers.make('idle');
  await unused.deactivate();
  expect(unused.status).toBe('deactivated');
  await expect(unused.activate()).rejects.toThrow(BadStatusError);
});

it('D6 a call during activate makes activate reject', async () => {
  const dispatcher = dispatchers.make('meanwhile');
  const activating = Promise.allSettled([dispatcher.activate()]);
  await dispatcher.deactivate();
  expect((await activating)[0]?.status).toBe('rejected');
  expect(dispatcher.status).toBe('deactivated');
});

it.each([-1, NaN, 'soon'])(
  'B2 a grace of %p is refused, and the dispatcher goes on',
  async (grace) => {
    const dispatcher = await dispatchers.start('odd-grace');
    await expect(dispatcher.deactivate({ grace: grace as number })).rejects.toThrow(
      InvalidArgumentError,
    );
    expect(dispatcher.status).toBe('active');
  },
);

it.each([Infinity, 2 ** 31])('D6 a grace of %p ms does not end early', async (grace) => {
  const open = gate();
  const { dispatcher, job } = await running(
    `grace-${grace}`,
    defineTask(`deactivate.patient-${grace}`, () => open.opened).job(),
  );
  const stopping = dispatcher.deactivate({ grace });
  const firstEnd = await Promise.race([
    stopping.then(() => 'stopped'),
    job.wait({ timeout: 500 }).catch(() => 'still running'),
  ]);
  open.open();
  await stopping;
  expect(firstEnd).toBe('still running');
});
