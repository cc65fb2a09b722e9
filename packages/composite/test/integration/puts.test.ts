// A composite that a task puts is part of its job, with all its parts (J6).
import { parallel, serial, type Composite } from '@drover/composite';
import { defineTask, local } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startDispatcher } from './dispatchers.js';

const context = testContext('composite-puts');
const queue = context.queue('puts');
const echo = defineTask('composite-puts.echo', (value: unknown) => value);
beforeAll(async () => {
  await startDispatcher(context, 'puts', 2);
});

it('J6 a composite that a task puts stays new until the task has ended', async () => {
  const task = defineTask('composite-puts.puts', async () => {
    const { status, jobs } = await local
      .getQueue()
      .put(parallel([echo.job(1), serial([echo.job(2)])]));
    let error = '';
    try {
      parallel([...jobs]);
    } catch (thrown) {
      error = String(thrown);
    }
    const wait = await jobs[0]?.wait().catch(String);
    return { status, error, wait };
  });
  const job = await queue.put(task.job());
  expect(await job.wait()).toEqual({
    status: 'new',
    error: expect.stringMatching(/was put already/) as string,
    wait: expect.stringMatching(/\{ immediate: true \}/) as string,
  });
});

it('J6 a composite that a task puts and returns in a value can be waited for', async () => {
  const task = defineTask('composite-puts.handsOn', async () => {
    return {
      composite: await local.getQueue().put(parallel([echo.job(1), serial([echo.job(2)])])),
    };
  });
  const { composite } = (await (await queue.put(task.job())).wait()) as { composite: Composite };
  expect(await composite.wait()).toEqual([1, [2]]);
});

it('J6 a task can put and return a composite', async () => {
  const task = defineTask(
    'composite-puts.returns',
    async () => await local.getQueue().put(serial([echo.job(1), echo.job(2)])),
  );
  expect(await (await queue.put(task.job())).wait()).toEqual([1, 2]);
});
