// Retrying a failed composite runs its failed parts and its postprocess again, and keeps successes
// (O3).
import { defineTask, Failure, JobStatus, local, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { startDispatcher } from './dispatchers.js';
import { ran, failing, step, post, expectNothingLeft, failed } from './retry-tasks.js';

const context = testContext('composite-retry');
const both = [
  ['serial', serial],
  ['parallel', parallel],
] as const;
beforeEach(() => {
  ran.splice(0);
  failing.clear();
});

describe.each(both)('%s', (name, compose) => {
  beforeAll(async () => void (await startDispatcher(context, name, 4)));

  it.each(['a', 'b', 'c', 'a c', 'b c', 'a b c'])(
    'O3 with %s failed, those and the postprocess run again',
    async (which) => {
      const names = which.split(' ');
      names.forEach((one) => failing.add(one));
      const parts = ['a', 'b', 'c'].map((one) => step.job(one));
      const job = await failed(
        context,
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
      await expectNothingLeft(context, name);
    },
  );

  it('O3 when only the postprocess failed, it alone runs again', async () => {
    failing.add('post');
    const job = await failed(
      context,
      name,
      compose([step.job('a'), step.job('b')] as Job[], { postprocess: post('post') }),
      'post failed',
    );
    ran.splice(0);
    failing.clear();
    await job.retry();
    expect(await job.wait({ timeout: 60_000 })).toEqual(['a', 'b']);
    expect(ran).toEqual(['post']);
    await expectNothingLeft(context, name);
  });

  it('O3 a retry that fails can be retried again', async () => {
    for (const one of ['a', 'b']) failing.add(one);
    const job = await failed(
      context,
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
      await failed(context, queue, job as Composite<unknown>, 'b failed');
      ran.splice(0);
      failing.clear();
      await job.retry();
      expect(await job.wait({ timeout: 60_000 })).toEqual(['a', 'b', 'c', 'd']);
      expect(ran).toEqual(['b', 'c', 'd', ...(has ? ['post'] : [])]);
      await expectNothingLeft(context, queue);
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
      context,
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
    await expectNothingLeft(context, name);
  });

  it('O3 failed parts in several chunks run again', async () => {
    const bad = ['7', '1010', '1099'];
    bad.forEach((one) => failing.add(one));
    const parts = Array.from({ length: 1_100 }, (_, i) => step.job(`${i}`));
    const job = await failed(
      context,
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
    await expectNothingLeft(context, name);
  }, 120_000);

  it('O1, O3 a cancelled composite runs all jobs again that did not succeed', async () => {
    const gated = defineTask(`retry.gated-${name}`, async () => {
      ran.push('gated');
      if (local.fence === 1)
        await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
      return 'gated';
    });
    const [done, waits] = [step.job('a'), gated.job()];
    const job = compose([done, waits, step.job('b')] as Job[], {
      postprocess: post('post'),
    });
    const dispatcher = await startDispatcher(context, `${name}-cancelled`, 1);
    const begun = hasStarted(dispatcher, waits);
    await context.queue(`${name}-cancelled`).put(job);
    await begun;
    await done.wait();
    await job.cancel('stop');
    await expect(job.wait()).rejects.toThrow('stop');
    ran.splice(0);
    await job.retry();
    expect(await job.wait({ timeout: 60_000 })).toEqual(['a', 'gated', 'b']);
    expect(ran).toEqual(['gated', 'b', 'post']);
    await expectNothingLeft(context, `${name}-cancelled`);
  });
});
