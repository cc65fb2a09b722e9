// A paused queue (O2): no job begins in any of its lanes, and recovery goes on. The rows of the
// table in docs/guides/operating.md.
import { defineTask, local, retry, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { Queue as BullQueue } from 'bullmq';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { aborted } from '../../../../test/kit/gate.js';
import { packsIn } from '../../../../test/kit/packs.js';
import {
  gateOf,
  held,
  note,
  PATIENCE,
  ranIn,
  short as echo,
} from '../../../../test/kit/noted-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('pause');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const pausesOnce = defineTask('pause.pausesOnce', async (of: string, value: unknown) => {
  note(of, value);
  return local.fence > 1 ? value : await aborted(local.signal);
});
const failsOnce = defineTask('pause.failsOnce', async (of: string, value: unknown) => {
  await gateOf(of).opened;
  note(of, value);
  if (local.fence === 1) throw new RangeError('the first run');
  return value;
});
const outcome = defineTask('pause.outcome', (of: string, ...results: unknown[]) =>
  note(of, results.length),
);

/** Resolves when a dispatcher has looked for a job in a lane since the call. */
async function hasLooked(bullQueue: string): Promise<void> {
  const marker = `${prefix}:${bullQueue}:marker`;
  // The loop of an agent takes the second marker when its claim for the first one is over.
  for (let i = 0; i < 2; i++) {
    await redis.zadd(marker, 0, '0');
    await eventually(async () => (await redis.zscore(marker, '0')) === null);
  }
}

/** A dispatcher that serves two lanes, after it has started that job. */
async function serving(name: string, job?: Job) {
  const lanes = ['main', 'side', 'new'];
  const dispatcher = dispatchers.make(name, { queues: { [name]: { main: { size: 4, lanes } } } });
  const started = job && hasStarted(dispatcher, job);
  await dispatcher.activate();
  await started;
  return dispatcher;
}

it('O2 no job begins in any lane of a paused queue, also in a lane that comes later', async () => {
  const name = 'lanes';
  const queue = context.queue(name);
  const running = await queue.put(held.job(name, 'running'));
  const cb = await running.addCallback(outcome.job(`${name} callback`));
  await queue.put(echo.job(name, 'before'), { lane: 'side' });
  await queue.pause();
  await queue.resume();
  await queue.quotas.create('disk', 1);
  // A lane that agents have served and nobody has used is known, too.
  await serving(name, running);
  await eventually(() => ranIn(name).length === 2);
  await queue.pause();
  await queue.pause();
  expect(await queue.isPaused()).toBe(true);
  const jobs = [
    await queue.put(echo.job(name, 'main')),
    await queue.put(echo.job(name, 'side'), { lane: 'side' }),
    await queue.put(echo.job(name, 'new'), { lane: 'new' }),
    await queue.put(echo.job(name, 'unserved'), { lane: 'unserved' }),
    await queue.put(echo.job(name, 'due'), { beginAfter: 1 }),
    await queue.put(echo.job(name, 'with quota'), { quotas: ['disk'] }),
  ];
  for (const lane of [name, `${name}/side`, `${name}/new`]) await hasLooked(lane);
  expect(await redis.hget(`${prefix}:${name}/unserved:meta`, 'paused')).toBe('1');
  gateOf(name).open();
  // The run that had begun has its result; its callback is a job that waits.
  await eventually(async () => (await running.refresh()).result === 'running');
  await hasLooked(name);
  expect([running.status, (await cb.refresh()).status]).toEqual(['callbacks', 'pending']);
  for (const job of jobs) expect((await job.refresh()).status).toBe('pending');
  expect(await queue.length()).toBe(7);
  await queue.resume();
  expect(await queue.isPaused()).toBe(false);
  const unserved = jobs.splice(3, 1)[0] as Job;
  expect(await Promise.all(jobs.map((job) => job.wait(PATIENCE)))).toEqual(
    jobs.map(({ args }) => args[1]),
  );
  expect(await running.wait(PATIENCE)).toBe('running');
  const { queues } = { queues: { [name]: { main: { size: 1, lanes: ['unserved'] } } } };
  await dispatchers.start(name, { queues });
  expect(await unserved.wait(PATIENCE)).toBe('unserved');
});

it('O2 a lane that an agent serves for the first time is paused with its queue', async () => {
  const name = 'first-served';
  const queue = context.queue(name);
  const meta = `${prefix}:${name}/new:meta`;
  const isLanePaused = async (): Promise<boolean> => (await redis.hexists(meta, 'paused')) === 1;
  await queue.pause();
  const queues = { [name]: { main: { size: 1, lanes: ['new'] } } };
  await dispatchers.start(name, { queues, pingInterval: 100, deathInterval: 500 });
  expect(await isLanePaused()).toBe(true);
  const job = await queue.put(echo.job(name, 1), { lane: 'new' });
  await hasLooked(`${name}/new`);
  expect((await job.refresh()).status).toBe('pending');
  // A server that has lost the lane gets it again from a reconcile pass.
  await redis.del(`${prefix}:${name}:lanes`, meta);
  await eventually(isLanePaused);
  await queue.resume();
  expect(await job.wait(PATIENCE)).toBe(1);
});

const composites = [
  ['parallel', parallel, false],
  ['packed parallel', parallel, true],
  ['serial', serial, false],
  ['packed serial', serial, true],
] as const;

it.each(composites)(
  'O2 a %s stops with the parts that run, and goes on after the pause',
  async (kind, compose, packed) => {
    const name = kind.replace(' ', '-');
    const queue = context.queue(name);
    const parts = [1, 2, 3, 4, 5, 6].map((i) => held.job(name, i) as Job);
    const whole = (compose as typeof parallel)(parts, {
      packed,
      postprocess: outcome.job(`${name} outcome`),
    });
    await queue.put(whole as Job);
    const dispatcher = dispatchers.make(name, { size: 2 });
    await dispatcher.activate();
    const inOrder = compose === (serial as unknown);
    const running = inOrder ? 1 : 2;
    await eventually(() => ranIn(name).length === running);
    await queue.pause();
    gateOf(name).open();
    const ended = async (): Promise<number> =>
      (await queue.jobs({ status: 'completed', task: held })).length;
    await eventually(async () => (await ended()) === running);
    if (kind === 'packed serial') {
      // The slot has given back the pack, and not begun the next step.
      const [pack = ''] = await packsIn(context, name);
      await eventually(async () => (await redis.lpos(`${prefix}:${name}:wait`, pack)) !== null);
    }
    await hasLooked(name);
    expect([ranIn(name).length, await ended()]).toEqual([running, running]);
    expect((await whole.refresh()).status).toBe('active');
    await queue.resume();
    await whole.wait(PATIENCE);
    expect([...ranIn(name)].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(ranIn(`${name} outcome`)).toEqual([6]);
  },
);

it('O2, I8 interrupts are decided while the queue is paused, and their jobs wait', async () => {
  const name = 'interrupts';
  const queue = context.queue(name);
  const part = pausesOnce.job(name, 'part');
  const whole = await queue.put(serial([part, echo.job(name, 'next')]));
  const dispatcher = dispatchers.make(name);
  const started = hasStarted(dispatcher, part);
  await dispatcher.activate();
  await started;
  await queue.pause();
  await dispatcher.deactivate();
  const sibling = await dispatchers.start(name, { pingInterval: 100, deathInterval: 500 });
  await eventually(async () => (await part.refresh()).status === 'pending');
  await eventually(async () => (await whole.refresh()).dispatcher === sibling.uuid);
  await hasLooked(name);
  expect([part.interruptions, whole.interruptions, ranIn(name)]).toEqual([1, 1, ['part']]);
  await queue.resume();
  expect(await whole.wait(PATIENCE)).toEqual(['part', 'next']);
});

it('O2, R1 a job that is tried again at once waits for the end of the pause', async () => {
  const name = 'tried-again';
  const queue = context.queue(name);
  const job = await queue.put(failsOnce.job(name, 1), {
    retryPolicy: retry({ attempts: 3, backoff: 0, on: [RangeError] }),
  });
  await serving(name, job);
  await queue.pause();
  gateOf(name).open();
  await eventually(async () => (await job.refresh()).status === 'pending');
  await hasLooked(name);
  expect(ranIn(name)).toEqual([1]);
  await queue.resume();
  expect(await job.wait(PATIENCE)).toBe(1);
});

it('O2, Q2 a job whose `beginBy` passes during a pause has a TimeoutError', async () => {
  const name = 'late';
  const queue = context.queue(name);
  await queue.pause();
  await serving(name);
  const job = await queue.put(echo.job(name, 1), { beginBy: 50 });
  await expect(job.wait(PATIENCE)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(ranIn(name)).toEqual([]);
});

it('O2, O1, Q3 jobs of a paused queue are cancelled, removed and pulled', async () => {
  const name = 'changed';
  const queue = context.queue(name);
  await queue.pause();
  await serving(name);
  const [cancelled, removed, pulled] = await queue.putAll([1, 2, 3].map((i) => echo.job(name, i)));
  await cancelled?.cancel();
  await expect(cancelled?.wait(PATIENCE)).rejects.toMatchObject({ name: 'CancelledError' });
  await queue.remove(removed as Job);
  expect((await queue.pull())?.id).toBe(pulled?.id);
  expect([await queue.length(), ranIn(name)]).toEqual([0, []]);
});

it('O2 a task pauses its own queue, and its puts wait (J6)', async () => {
  const name = 'by-a-task';
  const queue = context.queue(name);
  const stops = defineTask('pause.stops', async () => {
    await local.getQueue().pause();
    await local.getQueue().put(echo.job(name, 'put'));
    return 'stopped';
  });
  const job = await queue.put(stops.job());
  await serving(name);
  expect(await job.wait(PATIENCE)).toBe('stopped');
  await hasLooked(name);
  expect([await queue.length(), ranIn(name), await queue.isPaused()]).toEqual([1, [], true]);
  await queue.resume();
  await eventually(() => ranIn(name).length === 1);
});

describe('with a BullMQ tool', () => {
  const boardOf = (name: string): BullQueue => {
    const board = new BullQueue(name, { connection: { url: context.redisUrl }, prefix });
    board.on('error', () => {});
    cleanUpLater(() => board.close());
    return board;
  };

  it('O2, O6 a lane that a tool has paused is seen and resumed by the queue', async () => {
    const queue = context.queue('by-a-tool');
    const job = await queue.put(echo.job('by-a-tool', 1));
    await boardOf('by-a-tool').pause();
    expect(await queue.isPaused()).toBe(true);
    await serving('by-a-tool');
    await hasLooked('by-a-tool');
    // The agent has brought a lane that is not paused.
    expect(await queue.isPaused()).toBe(false);
    await queue.resume();
    expect(await job.wait(PATIENCE)).toBe(1);
  });

  it('O2, O6 a paused queue shows so in each lane, and not in the system lane', async () => {
    const queue = context.queue('shown');
    await queue.put(echo.job('shown', 1), { lane: 'side' });
    await queue.pause();
    const boards = ['shown', 'shown/side', 'shown/system'].map(boardOf);
    const paused = () => Promise.all(boards.map((board) => board.isPaused()));
    expect(await paused()).toEqual([true, true, false]);
    await queue.resume();
    expect(await paused()).toEqual([false, false, false]);
  });

  it('O2, O6 jobs that BullMQ 5 moved into its list of paused jobs run in order', async () => {
    const name = 'paused-list';
    const queue = context.queue(name);
    const jobs = await queue.putAll(Array.from({ length: 1_500 }, (_, i) => echo.job(name, i)));
    await redis.hset(`${prefix}:${name}:meta`, 'paused', '1');
    await redis.rename(`${prefix}:${name}:wait`, `${prefix}:${name}:paused`);
    await queue.resume();
    expect(await queue.length()).toBe(1_500);
    await serving(name);
    await jobs.at(-1)?.wait(PATIENCE);
    await eventually(() => ranIn(name).length === 1_500);
    expect(ranIn(name).slice(0, 3)).toEqual([0, 1, 2]);
  });
});
