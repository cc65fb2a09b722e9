// Puts as seen inside the task that makes them (J6).
import { local, Queue } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { echo, shelfOf, runTask } from './shelf.js';

const context = testContext('puts-inside');
const dispatchers = dispatchersIn(context);
const { shelf, shelve, shelved } = shelfOf(context);

const run = <T>(name: string, task: () => T) => runTask(context, dispatchers, name, task);

describe('J6 inside the task', () => {
  it('waiting for a put is refused with a hint', async () => {
    const { value } = await run('waiting', async () => {
      const job = await local.getQueue().put(echo.job(1));
      const errors = [await job.wait().catch(String), await job.refresh().catch(String)];
      return errors;
    });
    for (const error of (await value) as string[])
      expect(error).toMatch(/BadStatusError: .*\{ immediate: true \}/);
  });

  it('an invalid put is refused at once, and not stored', async () => {
    const { value } = await run('refused', async () => {
      const queue = local.getQueue();
      const twice = await shelve('refused', 'good');
      const puts = [
        () => queue.put(echo.job(() => {})),
        () => queue.put(twice),
        () => queue.put(echo.job(1), { retryPolicy: 3 as never }),
        () => queue.put('a job' as never),
        () => queue.put(echo.job(1), { immediate: 'yes' as never }),
        () => shelf.putAll([echo.job(['refused', 'bad']), echo.job(() => {})]),
      ];
      const errors = [];
      for (const put of puts) errors.push(await put().catch((error: Error) => error.name));
      return errors;
    });
    expect(await value).toEqual([
      'SerializationError',
      'BadStatusError',
      'InvalidArgumentError',
      'InvalidArgumentError',
      'InvalidArgumentError',
      'SerializationError',
    ]);
    expect(await shelved('refused')).toEqual(['good']);
  });

  it('{ immediate: true } puts at once, whatever becomes of the task', async () => {
    const { value } = await run('immediate', async () => {
      const job = await local.getQueue().put(echo.job('at once'), { immediate: true });
      await shelf.putAll([echo.job(['immediate', await job.wait()])], { immediate: true });
      throw new RangeError('afterwards');
    });
    await expect(value).rejects.toThrow('afterwards');
    expect(await shelved('immediate')).toEqual(['at once']);
  });

  it.each<[string, () => Queue]>([
    [
      'with another prefix',
      () => new Queue('other', { connection: context.redisUrl, prefix: `${context.prefix}2` }),
    ],
    [
      'with another database',
      () => new Queue('other', { connection: `${context.redisUrl}/1`, prefix: context.prefix }),
    ],
    [
      'elsewhere',
      () => new Queue('other', { connection: 'redis://drover.invalid', prefix: context.prefix }),
    ],
  ])('a queue %s takes immediate puts only', async (what, make) => {
    const queue = make();
    cleanUpLater(() => queue.close());
    const name = what.replace(/ /g, '-');
    const { value } = await run(name, async () => await queue.put(echo.job(1)));
    await expect(value).rejects.toMatchObject({
      name: 'InvalidArgumentError',
      message: expect.stringMatching(/the queue other .*\{ immediate: true \}/) as string,
    });
  });

  it('a queue of the same server under another host name takes puts of the run', async () => {
    const url = context.redisUrl.replace('127.0.0.1', 'localhost');
    const queue = new Queue('own', { connection: url, prefix: context.prefix });
    cleanUpLater(() => queue.close());
    const { value } = await run('own-queue', async () => {
      const job = await queue.put(echo.job('held'));
      return job.status;
    });
    expect(await value).toBe('new');
    expect(await queue.length()).toBe(1);
  });

  it('a put after the end of the task is refused', async () => {
    const goOn = gate();
    let late: Promise<unknown> = Promise.resolve();
    const { value } = await run('late', () => {
      late = goOn.opened.then(() => shelve('late', 1)).catch(String);
    });
    await value;
    goOn.open();
    expect(await late).toMatch(/BadStatusError: job .* has ended: .*\{ immediate: true \}/);
    expect(await shelved('late')).toEqual([]);
  });
});
