// Retrying a failed composite runs its failed parts and its postprocess again, and keeps successes
// (O3).
import { defineTask, Failure, JobStatus, joinJobs, local, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startDispatcher } from './dispatchers.js';

const context = testContext('composite-retry');
const both = [
  ['serial', serial],
  ['parallel', parallel],
] as const;

/** The runs in order, and the jobs that fail. */
const ran: string[] = [];
const failing = new Set<string>();
beforeEach(() => {
  ran.splice(0);
  failing.clear();
});
const step = defineTask('retry.step', (name: string) => {
  ran.push(name);
  if (failing.has(name)) throw new Error(`${name} failed`);
  return name;
});
/** Returns the results of its jobs, or fails with the first failure. */
const strict = defineTask('retry.strict', (name: string, ...jobs: Job[]) => {
  ran.push(name);
  const failure = jobs.map(({ result }) => result).find((result) => result instanceof Failure);
  if (failure) throw failure.toError();
  if (failing.has(name)) throw new Error(`${name} failed`);
  return jobs.map(({ result }) => result);
});
const post = (name: string) => strict.job(name) as unknown as Job;

async function expectNothingLeft(name: string): Promise<void> {
  const queue = context.queue(name);
  await eventually(async () => (await queue.length()) === 0);
  expect(await queue.jobs({ status: ['new', 'pending', 'active', 'callbacks'] })).toEqual([]);
}

/** Puts the job, and waits for its failure. */
async function failed<J extends Job>(queue: string, job: J, message: string): Promise<J> {
  await context.queue(queue).put(job);
  await expect(job.wait({ timeout: 60_000 })).rejects.toThrow(message);
  return job;
}

describe.each(both)('%s', (name, compose) => {
  beforeAll(async () => void (await startDispatcher(context, name, 4)));

  it.each(['a', 'b', 'c', 'a c', 'b c', 'a b c'])(
    'O3 with %s failed, those and the postprocess run again',
    async (which) => {
      const names = which.split(' ');
      names.forEach((one) => failing.add(one));
      const parts = ['a', 'b', 'c'].map((one) => step.job(one));
      const job = await failed(
        name,
        compose(parts as Job[], { postprocess: post('post') }),
        `${names[0]} failed`,
      );
      expect([...ran].sort()).toEqual(['a', 'b', 'c', 'post']);
      ran.splice(0);
      failing.clear();
      await job.retry();
      expect(job.status).not.toBe(JobStatus.COMPLETED);
      expect(await job.wait({ timeout: 60_000 })).toEqual(['a', 'b', 'c']);
      expect([...ran].sort()).toEqual([...names, 'post']);
      if (name === 'serial') expect(ran).toEqual([...names, 'post']);
      expect(await Promise.all(parts.map((part) => part.wait()))).toEqual(['a', 'b', 'c']);
      await expectNothingLeft(name);
    },
  );

  it('O3 when only the postprocess failed, it alone runs again', async () => {
    failing.add('post');
    const job = await failed(
      name,
      compose([step.job('a'), step.job('b')] as Job[], { postprocess: post('post') }),
      'post failed',
    );
    ran.splice(0);
    failing.clear();
    await job.retry();
    expect(await job.wait({ timeout: 60_000 })).toEqual(['a', 'b']);
    expect(ran).toEqual(['post']);
    await expectNothingLeft(name);
  });

  it('O3 a retry that fails can be retried again', async () => {
    for (const one of ['a', 'b']) failing.add(one);
    const job = await failed(
      name,
      compose(['a', 'b', 'c'].map((one) => step.job(one)) as Job[], { postprocess: post('post') }),
      'a failed',
    );
    failing.delete('a');
    await job.retry();
    await expect(job.wait({ timeout: 60_000 })).rejects.toThrow('b failed');
    ran.splice(0);
    failing.clear();
    await job.retry();
    expect(await job.wait({ timeout: 60_000 })).toEqual(['a', 'b', 'c']);
    expect(ran).toEqual(['b', 'post']);
    await expect(job.retry()).rejects.toThrow('has succeeded: only a failed job can be retried');
  });

  it.each([true, false])(
    "O3, C2 with onFailure 'stop' (a postprocess: %s) abandoned parts run, successes do not",
    async (has) => {
      // One job at a time, so that c and d are abandoned.
      const queue = `${name}-stop-${has}`;
      await startDispatcher(context, queue, 1);
      failing.add('b');
      const parts = ['a', 'b', 'c', 'd'].map((one) => step.job(one)) as Job[];
      const onFailure = 'stop' as const;
      const job = has
        ? compose(parts, { onFailure, postprocess: post('post') })
        : compose(parts, { onFailure });
      await failed(queue, job as Composite<unknown>, 'b failed');
      ran.splice(0);
      failing.clear();
      await job.retry();
      expect(await job.wait({ timeout: 60_000 })).toEqual(['a', 'b', 'c', 'd']);
      expect(ran).toEqual(['b', 'c', 'd', ...(has ? ['post'] : [])]);
      await expectNothingLeft(queue);
    },
  );

  it('O3 failed jobs of nested composites run again, with each postprocess above', async () => {
    for (const one of ['deep', 'late']) failing.add(one);
    const inner = compose(
      [
        step.job('a'),
        compose([step.job('deep'), step.job('b')] as Job[], { postprocess: post('inner') }),
      ] as Job[],
      {
        postprocess: post('middle'),
      },
    );
    const after = serial([step.job('late')] as Job[], { postprocess: post('last') });
    const job = await failed(
      name,
      compose([inner, step.job('c')] as Job[], { postprocess: after as unknown as Job }),
      'late failed',
    );
    expect(inner.status).toBe('new');
    expect((await inner.refresh()).result).toBeInstanceOf(Failure);
    ran.splice(0);
    failing.clear();
    await job.retry();
    expect(await job.wait({ timeout: 60_000 })).toEqual(['late']);
    expect(ran).toEqual(['deep', 'inner', 'middle', 'late', 'last']);
    await expectNothingLeft(name);
  });

  it('O3 failed parts in several chunks run again', async () => {
    const bad = ['7', '1010', '1099'];
    bad.forEach((one) => failing.add(one));
    const parts = Array.from({ length: 1_100 }, (_, i) => step.job(`${i}`));
    const job = await failed(
      name,
      compose(parts as Job[], { postprocess: post('post') }),
      '7 failed',
    );
    ran.splice(0);
    failing.clear();
    await job.retry();
    expect(await job.wait({ timeout: 60_000 })).toHaveLength(1_100);
    expect(name === 'serial' ? ran : [...ran].sort()).toEqual(
      name === 'serial' ? [...bad, 'post'] : [...bad, 'post'].sort(),
    );
    await expectNothingLeft(name);
  }, 120_000);

  it('O1, O3 a cancelled composite runs all jobs again that did not succeed', async () => {
    const gated = defineTask(`retry.gated-${name}`, async () => {
      ran.push('gated');
      if (local.fence === 1)
        await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
      return 'gated';
    });
    const waits = gated.job();
    const job = compose([step.job('a'), waits, step.job('b')] as Job[], {
      postprocess: post('post'),
    });
    const dispatcher = await startDispatcher(context, `${name}-cancelled`, 1);
    const begun = hasStarted(dispatcher, waits);
    await context.queue(`${name}-cancelled`).put(job);
    await begun;
    await job.cancel('stop');
    await expect(job.wait()).rejects.toThrow('stop');
    ran.splice(0);
    await job.retry();
    expect(await job.wait({ timeout: 60_000 })).toEqual(['a', 'gated', 'b']);
    expect(ran).toEqual(['gated', 'b', 'post']);
    await expectNothingLeft(`${name}-cancelled`);
  });
});

it('O3, J2 while it runs again, successes are completed and waiting parts are new', async () => {
  await startDispatcher(context, 'statuses', 2);
  const { opened, open } = gate();
  const again = defineTask('retry.again', async () => {
    if (local.fence === 1) throw new Error('first');
    await opened;
    return local.fence;
  });
  const parts = [step.job('a'), again.job(), again.job()] as Job[];
  const postprocess = post('post');
  const job = await failed('statuses', serial(parts, { postprocess }), 'first');
  await job.retry();
  await eventually(async () => (await parts[1]?.refresh())?.status === JobStatus.ACTIVE);
  const statuses = [];
  for (const one of [job, ...parts, postprocess]) statuses.push((await one.refresh()).status);
  expect(statuses).toEqual(['active', 'completed', 'active', 'new', 'new']);
  expect(
    (await context.queue('statuses').jobs({ status: 'new' })).map(({ id }) => id).sort(),
  ).toEqual([parts[2], postprocess].map((one) => one?.id).sort());
  await parts[2]?.cancel('not this one');
  open();
  await expect(job.wait()).rejects.toThrow('not this one');
  await job.retry();
  expect(await job.wait()).toEqual(['a', 2, 3]);
});

it('O3 with 3 of 100 parts failed, 4 jobs run', async () => {
  await startDispatcher(context, 'hundred', 10);
  const bad = ['3', '50', '99'];
  bad.forEach((one) => failing.add(one));
  const parts = Array.from({ length: 100 }, (_, i) => step.job(`${i}`));
  const job = await failed(
    'hundred',
    parallel(parts as Job[], { postprocess: post('post') }),
    '3 failed',
  );
  ran.splice(0);
  failing.clear();
  await job.retry();
  expect(await job.wait({ timeout: 60_000 })).toEqual(parts.map((_, i) => `${i}`));
  expect(ran.sort()).toEqual([...bad, 'post']);
});

it('O3 a part can be retried by itself only after its composite has completed', async () => {
  await startDispatcher(context, 'part', 4);
  const { opened, open } = gate();
  const waits = defineTask('retry.waits', () => opened).job();
  failing.add('a');
  const part = step.job('a');
  const job = await context.queue('part').put(parallel([part, waits] as Job[]));
  await expect(part.wait()).rejects.toThrow('a failed');
  await expect(part.retry()).rejects.toThrow(
    'belongs to a job that has not completed, as its part or its callback',
  );
  expect((await part.refresh()).status).toBe(JobStatus.COMPLETED);
  open();
  const [result] = await job.wait();
  failing.clear();
  await part.retry();
  expect(await part.wait()).toBe('a');
  expect(result).toBeInstanceOf(Failure);
  expect((await job.refresh()).result).toEqual([expect.any(Failure), undefined]);
});

it('O3, C6 a retried task makes its jobs anew', async () => {
  await startDispatcher(context, 'anew', 4);
  const makes = defineTask('retry.makes', () =>
    joinJobs([step.job('x'), step.job('y')] as Job[], {
      then: strict.job('then') as unknown as Job,
    }),
  );
  failing.add('x');
  const job = await failed('anew', makes.job() as Job, 'x failed');
  ran.splice(0);
  failing.clear();
  await job.retry();
  expect(await job.wait({ timeout: 60_000 })).toEqual(['x', 'y']);
  expect([...ran].sort()).toEqual(['then', 'x', 'y']);
  await expectNothingLeft('anew');
});

it('O3, J5 a retried job retries the failed job that it returned', async () => {
  await startDispatcher(context, 'returned', 4);
  const inner = step.job('inner');
  const returns = defineTask('retry.returns', (returned: Job) => returned);
  failing.add('inner');
  const job = await failed('returned', returns.job(inner) as Job, 'inner failed');
  failing.clear();
  await job.retry();
  expect(await job.wait({ timeout: 60_000 })).toBe('inner');
});

it('O3, J9 jobs that ran again go with their composite', async () => {
  await startDispatcher(context, 'kept', 4, { keepCompleted: { age: Infinity, count: 1_000 } });
  failing.add('b');
  const parts = ['a', 'b'].map((one) => step.job(one));
  const job = await failed(
    'kept',
    parallel(parts as Job[], { postprocess: post('post') }),
    'b failed',
  );
  failing.clear();
  await job.retry();
  await job.wait();
  await startDispatcher(context, 'kept', 4, { keepCompleted: { age: 0, count: 0 } });
  await context.redis.del(`${context.prefix}:kept:retention`);
  await startDispatcher(context, 'kept', 4, { keepCompleted: { age: 0, count: 0 } });
  await eventually(async () => (await context.queue('kept').get(job.id)) === undefined);
  await eventually(
    async () => (await context.redis.keys(`${context.prefix}:kept:*-*-*`)).length === 0,
  );
});

it('O3, C2, J7 a retried serial does not chain onto a part whose callbacks still run', async () => {
  const [callback, failure] = [gate(), gate()];
  let runs = 0;
  const fails = defineTask('retry.fails-held', async () => {
    if (++runs > 1) await failure.opened;
    throw new Error(`run ${runs}`);
  });
  const waits = defineTask('retry.callback-held', (_: unknown) => callback.opened);
  const last = step.job('never');
  const called = await last.addCallback(waits.job());
  const queue = context.queue('held');
  await startDispatcher(context, 'held');
  const all = await queue.put(
    serial([fails.job(), step.job('between'), last], { onFailure: 'stop' }),
  );
  await expect(all.wait()).rejects.toThrow('run 1');
  await eventually(async () => (await last.refresh()).status === JobStatus.CALLBACKS);
  await all.retry();
  await eventually(() => context.redis.zscore(`${context.prefix}:held:waiting-children`, all.id));
  expect(runs).toBe(1);
  callback.open();
  await called.wait();
  failure.open();
  await expect(all.wait()).rejects.toThrow('run 2');
  await expect(last.wait({ timeout: 20_000 })).rejects.toMatchObject({ name: 'AbortedError' });
  expect(ran).toEqual([]);
  await expectNothingLeft('held');
});
