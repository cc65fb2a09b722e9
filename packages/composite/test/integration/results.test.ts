// The result of a composite: its postprocess's, or the tuple of its parts' results. Failures are
// data (C1, C2).
import { defineTask, Failure, NeverRetry } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { fail, gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('composite-results');
const both = [
  ['serial', serial],
  ['parallel', parallel],
] as const;

describe.each(both)('%s', (name, compose) => {
  const queue = context.queue(name);
  beforeAll(async () => {
    await startDispatcher(context, name);
  });

  it('C1 without postprocess the result is the tuple of results, in order', async () => {
    const job = await queue.put(
      compose([give.job(1), give.job(undefined), give.job(null), give.job({ a: [undefined] })]),
    );
    expect(await job.wait()).toStrictEqual([1, undefined, null, { a: [undefined] }]);
  });

  it('C2 a failed part is a Failure in the tuple, and the composite succeeds', async () => {
    const job = await queue.put(compose([give.job('a'), fail.job('no'), give.job('c')]));
    const [a, b, c] = (await job.wait()) as [string, Failure, string];
    expect([a, c]).toEqual(['a', 'c']);
    expect(b).toBeInstanceOf(Failure);
    expect(b).toMatchObject({
      name: 'RangeError',
      message: 'no',
      stack: expect.stringContaining('dispatchers.ts') as string,
    });
  });

  it('C2 a composite succeeds when all its parts fail', async () => {
    const job = await queue.put(
      compose([fail.job('1'), fail.job('2')], { postprocess: gather.job() }),
    );
    expect(await job.wait()).toEqual([
      ['composite.fail', 'completed', 'RangeError: 1'],
      ['composite.fail', 'completed', 'RangeError: 2'],
    ]);
  });

  it("C1 the failure of a postprocess is the composite's", async () => {
    const job = await queue.put(compose([give.job(1)], { postprocess: fail.job('in the end') }));
    await expect(job.wait()).rejects.toMatchObject({ name: 'RangeError', message: 'in the end' });
    expect((await job.refresh()).result).toBeInstanceOf(Failure);
    await job.jobs[0]?.refresh();
    expect(job.jobs[0]?.result).toBe(1);
  });

  it("C4 without parts the result is an empty tuple, or the postprocess's", async () => {
    expect(await (await queue.put(compose([]))).wait()).toEqual([]);
    expect(
      await (await queue.put(compose([], { postprocess: gather.job('bound') }))).wait(),
    ).toEqual(['bound']);
    await expect(
      (await queue.put(compose([], { postprocess: fail.job('no') }))).wait(),
    ).rejects.toThrow('no');
  });

  it('a composite may have one part', async () => {
    expect(await (await queue.put(compose([give.job('only')]))).wait()).toEqual(['only']);
  });

  it('C3 parts have options of their own', async () => {
    const part = fail.job('x').with({ retryPolicy: NeverRetry, failureLogLevel: 'warn' });
    const job = await queue.put(compose([part, give.job(1)]));
    await job.wait();
    expect(await part.refresh()).toMatchObject({
      status: 'completed',
      options: { retryPolicy: 'NeverRetry', failureLogLevel: 'warn' },
    });
  });

  it('C3 a part starts after its beginAfter, and the composite waits for it', async () => {
    const due = Date.now() + 300;
    const part = give.job('late').with({ beginAfter: new Date(due) });
    const job = await queue.put(compose([part, give.job('b')], { postprocess: gather.job() }));
    expect(await job.wait()).toEqual([
      ['composite.give', 'completed', 'late'],
      ['composite.give', 'completed', 'b'],
    ]);
    expect(Date.now()).toBeGreaterThanOrEqual(due);
  });

  it('Q2 a composite starts after its beginAfter', async () => {
    const due = Date.now() + 300;
    const job = await queue.put(compose([give.job(1)]), { beginAfter: new Date(due) });
    expect(await job.wait()).toEqual([1]);
    expect(Date.now()).toBeGreaterThanOrEqual(due);
  });
});

it('C3, Q2 a later part of a serial starts at its time, not that long after its turn', async () => {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const first = defineTask('results.first', () => opened).job();
  const start = Date.now();
  const second = give.job(2).with({ beginAfter: new Date(start + 60_000) });
  await context.queue('turn').put(serial([first, second]));
  await startDispatcher(context, 'turn');
  await waitForStart(first);
  const started = Date.now();
  await eventually(() => Date.now() > started + 1_000); // makes the turn come a second later
  open();
  await first.wait();
  const score = await eventually(() =>
    context.redis.zscore(`${context.prefix}:turn:delayed`, second.id),
  );
  const due = Number(score) / 4_096 - (start + 60_000); // BullMQ counts in steps of 1/4096 ms
  // The delay is computed with two clock readings. It would be a second longer if it counted from
  // the turn.
  expect(due).toBeGreaterThanOrEqual(0);
  expect(due).toBeLessThan(500);
});
