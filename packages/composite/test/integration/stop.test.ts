// With onFailure 'stop' the first failed part ends the composite with that failure, and no further
// part starts (C2).
import { defineTask, Failure, joinJobs, NeverRetry, type Job } from '@drover/core';
import { waitForStart, waitForStatus } from '@drover/core/testing';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { fail, gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('composite-stop');
const both = [
  ['serial', serial],
  ['parallel', parallel],
] as const;
const started: string[] = [];
const noted = defineTask('stop.noted', (name: string) => void started.push(name));
const notes = defineTask(
  'stop.notes',
  (...jobs: Job[]) => void started.push(`postprocess of ${jobs.length}`),
);
beforeEach(() => started.splice(0));

/** A task that runs until the test opens it. */
function gated(name: string) {
  const { opened, open } = gate();
  return { task: defineTask(name, () => opened.then(() => name)), open };
}

describe.each(both)('%s', (name, compose) => {
  const queue = context.queue(name);
  beforeAll(async () => {
    await startDispatcher(context, name, 1);
  });

  it.each([true, false])(
    "C2 no further part, nor a postprocess (%s), starts; the part's failure is its own",
    async (has) => {
      const parts = [give.job('a'), fail.job('b'), noted.job('c'), noted.job('d')];
      const postprocess = has ? { postprocess: notes.job() } : {};
      const job = await queue.put(compose(parts as Job[], { onFailure: 'stop', ...postprocess }));
      await expect(job.wait()).rejects.toMatchObject({ name: 'RangeError', message: 'b' });
      expect((await job.refresh()).result).toMatchObject({ name: 'RangeError', message: 'b' });
      expect(started).toEqual([]);
      expect(await parts[0]?.wait()).toBe('a');
      await expect(parts[1]?.wait()).rejects.toThrow('b');
      // The parts were abandoned: their records are gone.
      for (const part of parts.slice(2)) expect(await queue.get(part.id)).toBeUndefined();
      if (job.postprocess) expect(await queue.get(job.postprocess.id)).toBeUndefined();
      expect(await queue.length()).toBe(0);
      expect(await queue.jobs({ status: ['new', 'active', 'pending'] })).toEqual([]);
    },
  );

  it('C2 without a failed part it succeeds', async () => {
    expect(
      await (await queue.put(compose([give.job(1), give.job(2)], { onFailure: 'stop' }))).wait(),
    ).toEqual([1, 2]);
    const gathered = compose([give.job(1)], { onFailure: 'stop', postprocess: gather.job('p') });
    expect(await (await queue.put(gathered)).wait()).toEqual([
      'p',
      ['composite.give', 'completed', 1],
    ]);
    expect(await (await queue.put(compose([], { onFailure: 'stop' }))).wait()).toEqual([]);
  });

  it("C2 the failure of the postprocess is the composite's", async () => {
    const job = await queue.put(
      compose([give.job(1)], { onFailure: 'stop', postprocess: fail.job('end') }),
    );
    await expect(job.wait()).rejects.toThrow('end');
    expect(await job.jobs[0].wait()).toBe(1);
  });

  it('C2, C3 a stopped inner composite is a failed part of the outer one', async () => {
    const inner = () =>
      compose([give.job(1), fail.job('deep'), noted.job('x')], { onFailure: 'stop' });
    const stopping = await queue.put(compose([inner(), noted.job('y')], { onFailure: 'stop' }));
    await expect(stopping.wait()).rejects.toThrow('deep');
    const going = await queue.put(compose([inner(), give.job('after')]));
    const [failure, after] = await going.wait();
    expect([failure, after]).toEqual([expect.any(Failure), 'after']);
    // In a serial `y` is never stored; in a parallel it is abandoned, or ran before the failure.
    if (name === 'serial') expect(started).toEqual([]);
    expect(started).not.toContain('x');
  });

  it('C2, R1 a part that its policy retries has not failed', async () => {
    let runs = 0;
    const flaky = defineTask(`stop.flaky.${name}`, () => {
      if (++runs === 1)
        throw Object.assign(new Error('again'), { retryable: true, code: 'ECONNRESET' });
      return runs;
    });
    const job = await queue.put(compose([flaky.job(), give.job(2)], { onFailure: 'stop' }));
    expect(await job.wait()).toEqual([2, 2]);
  });

  it('C2 a composite with more parts than one chunk is stopped whole', async () => {
    const parts = Array.from({ length: 2_300 }, (_, i) =>
      i === 20 ? fail.job('20') : give.job(i),
    );
    const job = await queue.put(
      compose(parts as Job[], { onFailure: 'stop', postprocess: notes.job() }),
    );
    await expect(job.wait()).rejects.toThrow('20');
    expect(started).toEqual([]);
    expect(await queue.length()).toBe(0);
    expect(await queue.jobs({ status: ['new', 'active', 'pending'] })).toEqual([]);
  });
});

it('C2 a stopped parallel lets running parts end, with their own parts', async () => {
  const { task, open } = gated('stop.running');
  await startDispatcher(context, 'running', 2);
  const queue = context.queue('running');
  const inner = serial([task.job(), give.job('inner')]);
  const failing = defineTask('stop.failsLater', async () => {
    await waitForStart(inner.jobs[0]);
    throw new Error('later');
  });
  const job = await queue.put(
    parallel([inner, failing.job(), noted.job('z')], { onFailure: 'stop' }),
  );
  await expect(job.wait()).rejects.toThrow('later');
  expect((await inner.refresh()).status).toBe('active');
  open();
  expect(await inner.wait()).toEqual(['stop.running', 'inner']);
  expect(job.result).toMatchObject({ message: 'later' });
});

it('C2 the first of two failures counts, and the second changes nothing', async () => {
  const { task, open } = gated('stop.second');
  const second = defineTask('stop.failsSecond', async () => {
    await task.run();
    throw new Error('second');
  });
  await startDispatcher(context, 'two', 2);
  const slow = second.job();
  const failing = defineTask('stop.failsFirst', async () => {
    await waitForStart(slow);
    throw new Error('first');
  });
  const job = await context
    .queue('two')
    .put(parallel([slow, failing.job()], { onFailure: 'stop' }));
  await expect(job.wait()).rejects.toThrow('first');
  open();
  await expect(slow.wait()).rejects.toThrow('second');
  expect((await job.refresh()).result).toMatchObject({ message: 'first' });
});

it('C2 a delayed part is abandoned', async () => {
  await startDispatcher(context, 'due');
  const later = give.job(1).with({ beginAfter: 60_000 });
  const job = await context
    .queue('due')
    .put(parallel([later, fail.job('now')], { onFailure: 'stop' }));
  await expect(job.wait()).rejects.toThrow('now');
  expect(await context.queue('due').length()).toBe(0);
});

it('C6, C2 joinJobs stops in the same way', async () => {
  await startDispatcher(context, 'own');
  const joins = defineTask('stop.joins', () =>
    joinJobs([fail.job('own'), give.job(1)], {
      onFailure: 'stop',
      inOrder: true,
      then: notes.job(),
    }),
  );
  await expect((await context.queue('own').put(joins.job())).wait()).rejects.toThrow('own');
  expect(started).toEqual([]);
});

it('C2, I3 a part that its policy aborts after an interrupt stops it too', async () => {
  const { task } = gated('stop.interrupted');
  const part = task.job().with({ retryPolicy: NeverRetry });
  const dispatcher = await startDispatcher(context, 'interrupted');
  const partStarted = hasStarted(dispatcher, part);
  const job = await context
    .queue('interrupted')
    .put(serial([part, noted.job('n')], { onFailure: 'stop' }));
  await partStarted;
  await dispatcher.deactivate();
  await startDispatcher(context, 'interrupted');
  await expect(job.wait()).rejects.toMatchObject({ name: 'AbortedError' });
  await waitForStatus(part, 'completed');
  expect(started).toEqual([]);
});

it('C2 a part that vanished ends it, and the postprocess is not called', async () => {
  const { task, open } = gated('stop.gone');
  const [first, gone] = [task.job(), give.job('gone')];
  const job = await context
    .queue('gone')
    .put(parallel([first, gone], { onFailure: 'stop', postprocess: notes.job() }));
  await startDispatcher(context, 'gone', 1);
  await waitForStart(first);
  const { redis, prefix } = context;
  const key = `${prefix}:gone:${gone.id}`;
  await eventually(() => redis.exists(key));
  await redis.lrem(`${prefix}:gone:wait`, 0, gone.id);
  await redis.del(key);
  await redis.srem(`${prefix}:gone:${job.postprocess?.id}:dependencies`, key);
  open();
  await expect(job.wait()).rejects.toMatchObject({ name: 'RemovedError' });
  expect(started).toEqual([]);
});

it('C2 a job that already ran when it was joined stops its dependent', async () => {
  const check = gated('stop.check');
  const fails = defineTask('stop.checks', async () => {
    await check.task.run();
    throw new RangeError('checked');
  });
  const queue = context.queue('late');
  await startDispatcher(context, 'late', 2);
  const running = await queue.put(fails.job());
  await waitForStart(running);
  const later = noted.job('later').with({ beginAfter: new Date(Date.now() + 3_600_000) });
  const waits = defineTask('stop.waits', (...jobs: Job[]) => joinJobs(jobs, { onFailure: 'stop' }));
  const job = await queue.put(waits.job(running, later));
  await eventually(async () => (await queue.get(later.id)) !== undefined);
  check.open();
  await expect(job.wait({ timeout: 20_000 })).rejects.toThrow('checked');
  expect(await queue.get(later.id)).toBeUndefined();
});
