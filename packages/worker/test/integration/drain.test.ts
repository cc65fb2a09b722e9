// `queue.drain()` removes what is pending (Q11), also while dispatchers run.
import { defineTask, Failure, local, Queue, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { aborted } from '../../../../test/kit/gate.js';
import {
  gateOf,
  held,
  note,
  PATIENCE,
  ranIn,
  upTo,
  short as echo,
} from '../../../../test/kit/noted-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn } from './dispatchers.js';

const context = testContext('drain');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const HOUR = 3_600_000;
const pausesOnce = defineTask('drain.pausesOnce', async (of: string) =>
  local.fence > 1 ? note(of, 'again') : await aborted(local.signal),
);
const names = defineTask('drain.names', (of: string, ...jobs: unknown[]) =>
  note(
    of,
    (jobs as Job[]).map(({ result }) => (result instanceof Failure ? result.name : result)),
  ),
);

/** Starts a dispatcher, and resolves when it runs the job. */
async function running(name: string, job: Job, size = 10): Promise<void> {
  const dispatcher = dispatchers.make(name, { size });
  const started = hasStarted(dispatcher, job);
  await dispatcher.activate();
  await started;
}

/** Gives so many times that it is not aborted. */
function signalAfter(looks: number): AbortSignal {
  let looked = 0;
  return {
    get aborted() {
      return ++looked > looks;
    },
  } as AbortSignal;
}

it('Q11 drain removes the pending jobs of all lanes, due or not, and no other job', async () => {
  const name = 'all-lanes';
  const queue = context.queue(name);
  await queue.quotas.create('disk', 1);
  const active = await queue.put(held.job(name, 'active'));
  const callback = await active.addCallback(echo.job(`${name} callback`));
  const holder = await queue.put(held.job(name, 'holder'), { quotas: ['disk'] });
  await running(name, active);
  await eventually(async () => (await holder.refresh()).status === 'active');
  const pending = [
    await queue.put(echo.job(name, 'later'), { beginAfter: HOUR }),
    await queue.put(echo.job(name, 'parked'), { quotas: ['disk'] }),
    await queue.put(echo.job(name, 'unserved'), { lane: 'unserved' }),
    await queue.put(parallel([echo.job(name, 'part')]) as Job, { lane: 'unserved' }),
  ];
  const waiting = expect(pending[0]?.wait(PATIENCE)).rejects.toThrow(/removed|not there/);
  await eventually(async () => (await queue.quotas.get('disk'))?.waiters === 1);
  await eventually(async () => (await queue.length()) === 4);
  expect(await queue.drain()).toBe(4);
  await waiting;
  expect([await queue.length(), await queue.drain()]).toEqual([0, 0]);
  for (const { id } of pending) expect(await queue.get(id)).toBeUndefined();
  gateOf(name).open();
  expect(await active.wait(PATIENCE)).toBe('active');
  expect((await callback.refresh()).status).toBe('completed');
  expect((await queue.quotas.get('disk'))?.waiters).toBe(0);
  expect(await (await queue.put(echo.job(name, 'anew'))).wait(PATIENCE)).toBe('anew');
});

const composites = [
  ['parallel', parallel, false],
  ['packed parallel', parallel, true],
  ['serial', serial, false],
  ['packed serial', serial, true],
] as const;

it.each(composites)(
  'Q11 a %s that has begun loses its pending parts, and ends with its postprocess',
  async (kind, compose, packed) => {
    const name = kind.replace(' ', '-');
    const queue = context.queue(name);
    const parts = upTo(6).map((i) => (i === 0 ? held : echo).job(name, i) as Job);
    const whole = (compose as typeof parallel)(parts, {
      packed,
      postprocess: names.job(`${name} names`),
    });
    await queue.put(whole as Job);
    await running(name, parts[0] as Job, 1);
    const removed = await queue.drain();
    gateOf(name).open();
    await whole.wait(PATIENCE);
    // The next steps of a serial are not pending yet.
    const isSerial = compose === (serial as unknown);
    expect(removed).toBe(isSerial ? 0 : 5);
    const others = upTo(6).slice(1);
    expect(ranIn(`${name} names`)).toEqual([
      [0, ...others.map((i) => (isSerial ? i : 'RemovedError'))],
    ]);
  },
);

it.each([false, true])(
  'Q11 a serial whose first part is pending loses all of its parts (packed: %s)',
  async (packed) => {
    const name = `chain-${packed}`;
    const queue = context.queue(name);
    const parts = upTo(300).map((i) => echo.job(name, i) as Job);
    const blocker = held.job(name, 'blocker');
    const whole = serial(parts as never, { packed, postprocess: names.job(`${name} names`) });
    await queue.putAll([whole as Job, blocker as Job]);
    // The only slot schedules the composite, and then runs the other job.
    await running(name, blocker as Job, 1);
    await queue.pause();
    const removed = await queue.drain();
    await queue.resume();
    gateOf(name).open();
    await whole.wait(PATIENCE);
    const ends = (ranIn(`${name} names`)[0] as unknown[]) ?? [];
    expect(removed + ends.filter((end) => end !== 'RemovedError').length).toBe(300);
    expect(ranIn(name).length).toBe(1 + 300 - removed);
    expect(removed).toBe(300);
  },
);

it('Q11, J7 a callback whose turn has come stays, and so does a postprocess', async () => {
  const name = 'concluding';
  const queue = context.queue(name);
  const job = held.job(name, 'job');
  const callback = await job.addCallback(echo.job(`${name} callback`));
  const whole = parallel([job], { postprocess: names.job(`${name} names`) });
  await queue.put(whole as Job);
  await running(name, job as Job);
  await queue.pause();
  gateOf(name).open();
  await eventually(async () => (await callback.refresh()).status === 'pending');
  expect(await queue.drain()).toBe(0);
  await queue.resume();
  await eventually(() => ranIn(`${name} callback`).length === 1);
  await whole.wait(PATIENCE);
  expect(ranIn(`${name} names`)).toEqual([['job']]);
});

it('Q11, I8 an interrupted job, and its interrupt, stay', async () => {
  const name = 'interrupted';
  const queue = context.queue(name);
  const job = await queue.put(pausesOnce.job(name));
  const dispatcher = dispatchers.make(name);
  const started = hasStarted(dispatcher, job);
  await dispatcher.activate();
  await started;
  await dispatcher.deactivate();
  expect(await queue.length()).toBe(1);
  expect(await queue.drain()).toBe(0);
  await dispatchers.start(name);
  expect(await job.wait(PATIENCE)).toBe('again');
});

it('Q11 drain removes jobs, and dispatchers claim others: each job ends in one way', async () => {
  const name = 'at-once';
  const queue = context.queue(name);
  await queue.putAll(upTo(3_000).map((i) => echo.job(name, i)));
  const errors = collect(await dispatchers.start(name, { size: 2 }), 'error');
  const removed = await queue.drain();
  await eventually(async () => (await queue.length()) === 0);
  await eventually(() => ranIn(name).length + removed === 3_000);
  expect(new Set(ranIn(name)).size).toBe(3_000 - removed);
  expect(errors).toEqual([]);
  expect(removed).toBeGreaterThan(0);
});

it('Q11 drain stops when its signal is aborted, and goes on with the next call', async () => {
  const queue = context.queue('signal');
  await queue.putAll(upTo(1_000).map((i) => echo.job('signal', i)));
  expect(await queue.drain({ signal: AbortSignal.abort() })).toBe(0);
  const first = await queue.drain({ signal: signalAfter(4) });
  expect(first).toBeGreaterThan(0);
  expect(await queue.length()).toBe(1_000 - first);
  expect(await queue.drain({ signal: new AbortController().signal })).toBe(1_000 - first);
});

it('Q11, B3 a step of drain whose reply is lost is done once', async () => {
  const proxy = await startFaultProxy(context.redisUrl);
  const queue = new Queue('lost-reply', { connection: proxy.url, prefix });
  cleanUpLater(() => queue.close());
  await queue.putAll(upTo(500).map((i) => echo.job('lost-reply', i)));
  const lost = proxy.next('drain', { kind: 'lose reply' });
  const [removed] = await Promise.all([queue.drain(), lost]);
  expect(removed).toBeLessThanOrEqual(500);
  expect(await queue.length()).toBe(0);
});

it('Q11, B1 a damaged record stays, and does not keep drain from the others', async () => {
  const queue = context.queue('damaged');
  const jobs = await queue.putAll(upTo(5).map((i) => echo.job('damaged', i)));
  const keyOf = (i: number): string => `${prefix}:damaged:${jobs[i]?.id}`;
  await redis.hset(keyOf(1), 'callbacks', 'no JSON');
  await redis.del(keyOf(2));
  await redis.set(keyOf(2), 'another type');
  expect(await queue.drain()).toBe(3);
  // A job that cannot be removed is set aside.
  expect((await queue.deadLetters().list()).map(({ id }) => id)).toEqual([jobs[1]?.id]);
  expect(await redis.llen(`${prefix}:damaged:wait`)).toBe(1);
});

it('B2 drain refuses odd options', async () => {
  const queue = context.queue('odd');
  await expect(queue.drain({ delayed: true } as never)).rejects.toThrow('no option');
  await expect(queue.drain({ signal: true } as never)).rejects.toThrow('AbortSignal');
  await expect(queue.obliterate({ force: 1 } as never)).rejects.toThrow('force');
});
