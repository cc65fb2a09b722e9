// Appending jobs to a composite (C4): when it is allowed, by any process, and when it is refused.
import { appendJobs, defineTask, joinJobs, local, Queue, type Job } from '@drover/core';
import { waitForStart } from '@drover/core/testing';
import { type Composite, parallel, serial } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { fail, gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('composite-append');
const both = [
  ['serial', serial],
  ['parallel', parallel],
] as const;

/** A task that runs until the test opens it. */
function gated(name: string) {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { task: defineTask(name, () => opened.then(() => name)), open: () => open() };
}

/** Appends jobs that return these values to the composite, and returns its own value. */
const adder = defineTask(
  'append.adder',
  async (composite: Composite, own: string, ...values: string[]) => {
    for (const value of values) await composite.append(give.job(value));
    return own;
  },
);

/** The composite as another process reads it. */
async function elsewhere(name: string, id: string): Promise<Composite> {
  const other = new Queue(name, { connection: context.redisUrl, prefix: context.prefix });
  cleanUpLater(() => other.close());
  return (await other.get(id)) as Composite;
}
const gatheredOf = (...values: string[]) =>
  values.map((value) => ['composite.give', 'completed', value]);

describe.each(both)('%s', (name, compose) => {
  const queue = context.queue(name);
  beforeAll(async () => {
    await startDispatcher(context, name, 3);
  });

  it('C4 a new and a pending composite take appends from any process, in order', async () => {
    const job = compose([give.job('a')], { postprocess: gather.job() as Job<unknown> });
    const b = await job.append(give.job('b'));
    await context.queue(`${name}-new`).put(job);
    const c = await job.append(give.job('c'));
    const found = await elsewhere(`${name}-new`, job.id);
    const d = await found.append(give.job('d'));
    await found.refresh();
    expect(found.jobs.map(({ id }) => id)).toEqual([job.jobs[0].id, b.id, c.id, d.id]);
    await job.refresh();
    expect(job.jobs.slice(1).map(({ id }) => id)).toEqual([b.id, c.id, d.id]);
    expect([job.jobs[1], job.jobs[2]]).toEqual([b, c]);
    await startDispatcher(context, `${name}-new`, 3);
    expect(await job.wait()).toEqual(gatheredOf('a', 'b', 'c', 'd'));
    expect(await d.wait()).toBe('d');
    expect(await (job.jobs[3] as Job).wait()).toBe('d');
  });

  it.each([true, false])('C4 a running part may append (a postprocess: %s)', async (has) => {
    const job = compose([] as Job[], has ? { postprocess: gather.job() as Job<unknown> } : {});
    await job.append(give.job('a'));
    await job.append(adder.job(job, 'b', 'd', 'e'));
    await job.append(give.job('c'));
    await queue.put(job);
    const parts = await job.wait();
    await job.refresh();
    expect(job.jobs.map(({ task }) => task)).toEqual(
      [...'abcde'].map((v) => (v === 'b' ? adder.name : 'composite.give')),
    );
    const values = has ? (parts as unknown[][]).map((part) => part[2]) : parts;
    expect(values).toEqual([...'abcde']);
  });

  it('C4 an appended part may append the next one, any number of times', async () => {
    const step = defineTask(
      `append.step.${name}`,
      async (composite: Composite, n: number): Promise<number> => {
        if (n > 0) await composite.append(step.job(composite, n - 1));
        return n;
      },
    );
    const job = compose([] as Job[]);
    await job.append(step.job(job, 12));
    await queue.put(job);
    expect(await job.wait()).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('C4 a job below a part, and a job that a part returned, may append', async () => {
    const deep = defineTask(`append.deep.${name}`, async (composite: Composite) => {
      await composite.append(give.job('by a returned job'));
      return 'returned';
    });
    const goesOn = defineTask(`append.goesOn.${name}`, async (composite: Composite) => {
      await composite.append(give.job('with it'));
      return deep.job(composite);
    });
    const job = compose([] as Job[]);
    await job.append(parallel([serial([adder.job(job, 'deep', 'by a job below')])]));
    await job.append(goesOn.job(job));
    await queue.put(job);
    const [first, second, ...appended] = await job.wait();
    expect([first, second]).toEqual([[['deep']], 'returned']);
    expect([...appended].sort()).toEqual(['by a job below', 'by a returned job', 'with it']);
  });

  it('C4 a callback of the last part may append', async () => {
    const byCallback = defineTask(
      `append.byCallback.${name}`,
      async (composite: Composite, result: unknown) => {
        await composite.append(give.job(`after ${String(result)}`));
      },
    );
    const job = compose([] as Job[], { postprocess: gather.job() as Job<unknown> });
    const [first, last] = [give.job('first'), give.job('last')];
    for (const part of [first, last]) await job.append(part);
    await last.addCallback(byCallback.job(job) as Job);
    await queue.put(job);
    expect(await job.wait()).toEqual(gatheredOf('first', 'last', 'after last'));
  });

  it('C4, C2 an appended part that fails stops the composite', async () => {
    const job = compose([] as Job[], { onFailure: 'stop' });
    const failing = defineTask(`append.failing.${name}`, async (composite: Composite) => {
      await composite.append(fail.job('appended'));
    });
    await job.append(failing.job(job));
    await queue.put(job);
    await expect(job.wait()).rejects.toThrow('appended');
    expect(await queue.length()).toBe(0);
  });

  it('C4 an append is refused to other jobs, the postprocess, and after the end', async () => {
    const { task, open } = gated(`append.gate.${name}`);
    const late = defineTask(`append.late.${name}`, async (composite: Composite) => {
      await ((await local.getQueue().get(composite.id)) as Composite).append(give.job('too late'));
    });
    const job = compose([] as Job[]);
    const [part] = [await job.append(task.job())];
    const ended = compose([give.job(1)], { postprocess: late.job(job) as Job<unknown> });
    await queue.put(job);
    await waitForStart(part);
    const refusal = {
      code: 'DROVER_BAD_STATUS',
      message: expect.stringContaining('(C4)') as string,
    };
    await expect(job.append(give.job('x'))).rejects.toMatchObject(refusal);
    await expect((await elsewhere(name, job.id)).append(give.job('x'))).rejects.toMatchObject(
      refusal,
    );
    // A job that is no part of the composite.
    await expect((await queue.put(adder.job(job, 'own', 'x'))).wait()).rejects.toMatchObject(
      refusal,
    );
    open();
    expect(await job.wait()).toEqual([`append.gate.${name}`]);
    await expect(job.append(give.job('x'))).rejects.toMatchObject(refusal);
    expect((await job.refresh()).jobs).toHaveLength(1);
    await expect((await queue.put(ended)).wait()).rejects.toMatchObject(refusal);
    const own = defineTask(`append.own.${name}`, async (composite: string) => {
      await ((await local.getQueue().get(composite)) as Composite).append(give.job('too late'));
    });
    const post = own.job();
    const last = compose([give.job(1)], { postprocess: post as Job<unknown> });
    (post.args as unknown[]).push(last.id);
    await expect((await queue.put(last)).wait()).rejects.toMatchObject(refusal);
    expect(await queue.length()).toBe(0);
  });

  it('C4, J6 the appends of a part that fails are dropped', async () => {
    const failing = defineTask(`append.thenFails.${name}`, async (composite: Composite) => {
      await composite.append(give.job('never'));
      throw new Error('after it');
    });
    const job = compose([] as Job[]);
    await job.append(failing.job(job));
    await queue.put(job);
    expect(await job.wait()).toEqual([expect.objectContaining({ message: 'after it' })]);
    expect(job.jobs).toHaveLength(1);
    expect(await queue.length()).toBe(0);
  });

  it('C4, J6, I2 a part that is interrupted and runs again appends once', async () => {
    const { task } = gated(`append.never.${name}`);
    const twice = defineTask(`append.twice.${name}`, async (composite: Composite) => {
      await composite.append(give.job(`in run ${local.fence}`));
      if (local.fence === 1) await task.run();
      return local.fence;
    });
    const job = compose([] as Job[]);
    const part = await job.append(twice.job(job));
    const own = context.queue(`${name}-twice`);
    await own.put(job);
    const dispatcher = await startDispatcher(context, `${name}-twice`);
    await waitForStart(part);
    await dispatcher.deactivate();
    await startDispatcher(context, `${name}-twice`);
    expect(await job.wait()).toEqual([2, 'in run 2']);
  });
});

it('C4 a composite that is a later part of a serial takes appends before its turn', async () => {
  const { task, open } = gated('append.first');
  const [first, inner] = [task.job(), parallel([give.job('a')])];
  const queue = context.queue('later');
  const job = await queue.put(
    serial([first, inner], { postprocess: gather.job() as Job<unknown> }),
  );
  await startDispatcher(context, 'later');
  await waitForStart(first);
  await inner.append(give.job('b'));
  open();
  expect(await job.wait()).toMatchObject(
    [[], ['drover.parallel', 'completed', ['a', 'b']]].map((x) =>
      x.length ? x : expect.anything(),
    ),
  );
});

it('C4, B2 an invalid append is refused, and changes nothing', async () => {
  const queue = context.queue('wrong');
  const job = parallel([give.job('a')]);
  await expect(job.append({ ...give } as never)).rejects.toMatchObject({
    code: 'DROVER_INVALID_ARGUMENT',
  });
  await expect(job.append(job.jobs[0])).rejects.toMatchObject({ code: 'DROVER_INVALID_ARGUMENT' });
  await queue.put(job);
  await expect(job.append({ ...give } as never)).rejects.toMatchObject({
    code: 'DROVER_INVALID_ARGUMENT',
  });
  await expect(job.append(job)).rejects.toMatchObject({ code: 'DROVER_INVALID_ARGUMENT' });
  const other = await queue.put(give.job('other'));
  await expect(job.append(other)).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
  await expect(job.append(give.job((() => {}) as never))).rejects.toMatchObject({
    code: 'DROVER_SERIALIZATION',
  });
  const once = give.job('once');
  await job.append(once);
  await expect(job.append(once)).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
  await expect(appendJobs(parallel([]), [give.job(1)])).rejects.toMatchObject({
    code: 'DROVER_BAD_STATUS',
  });
  await startDispatcher(context, 'wrong');
  expect(await job.wait()).toEqual(['a', 'once']);
});

it("C4, C6 a user's composite takes appends, and a job that joins none refuses them", async () => {
  const joins = defineTask('append.joins', (values: string[]) =>
    joinJobs(values.map((value) => give.job(value))),
  );
  const queue = context.queue('own');
  const job = await queue.put(joins.job(['a']));
  await appendJobs(job, [give.job('b'), give.job('c')]);
  const plain = await queue.put(give.job('plain'));
  await appendJobs(plain, [give.job('b')]);
  await startDispatcher(context, 'own');
  expect(await job.wait()).toEqual(['a', 'b', 'c']);
  await expect(plain.wait()).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
});

it('C4, C5 a part appends two thousand jobs, one by one', async () => {
  const many = defineTask('append.many', async (composite: Composite) => {
    for (let i = 0; i < 2_000; i++) await composite.append(give.job(i));
  });
  const job = parallel([] as Job[]);
  await job.append(many.job(job));
  await startDispatcher(context, 'many', 50);
  await context.queue('many').put(job);
  const [, ...values] = await job.wait({ timeout: 60_000 });
  expect(values).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
});
