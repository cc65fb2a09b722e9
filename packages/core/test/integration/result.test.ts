// A result is a value or a failure: it never changes once set (J3), and is read as it was stored
// (J4).
import { defineTask, Failure, Job, TimeoutError } from '@drover/core';
import { encode } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('result');
const work = defineTask('result.work', (value: unknown) => value);

const values: [string, unknown][] = [
  ['a string', 'text'],
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ['an empty string', ''],
  ['zero', 0],
  ['an object with an undefined inside an array', { a: [undefined, 1] }],
  ['an object that looks like a tag', { $drover: 'undefined' }],
];

it.each(values)('J4 the result may be %s', async (_what, value) => {
  const queue = context.queue('values');
  const job = await queue.put(work.job(1));
  const { owner, store, claimNow } = playDispatcher(context, 'values');
  await store.complete(await claimNow(), encode(value, 'result'), owner);
  expect(await job.wait()).toStrictEqual(value);
  expect(job.result).toStrictEqual(value);
  expect((await queue.get(job.id))?.result).toStrictEqual(value);
});

it('J4 jobs in a result arrive as handles', async () => {
  const queue = context.queue('jobs');
  const [job, other] = await queue.putAll([work.job(1), work.job('other')]);
  const { owner, store, claimNow } = playDispatcher(context, 'jobs');
  await store.complete(await claimNow(), encode({ found: other }, 'result'), owner);
  const { found } = (await job?.wait()) as { found: Job };
  expect(found).toBeInstanceOf(Job);
  expect(found).toMatchObject({ id: other?.id, queue: 'jobs' });
  expect((await found.refresh()).args).toEqual(['other']);
});

describe('a failure', () => {
  const thrown = Object.assign(new RangeError('too far', { cause: new TimeoutError('too late') }), {
    code: 'E_FAR',
    limit: 3,
  });

  async function failed(name: string): Promise<Job> {
    const job = await context.queue(name).put(work.job(1));
    const dispatcher = playDispatcher(context, name);
    await dispatcher.fail(await dispatcher.claimNow(), thrown);
    return job;
  }

  it('J3 is thrown by wait as an Error with name, stack, code, cause and fields', async () => {
    const job = await failed('thrown');
    const error = (await job.wait().catch((reason: unknown) => reason)) as RangeError & {
      code: string;
      limit: number;
    };
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'RangeError',
      message: 'too far',
      stack: thrown.stack,
      code: 'E_FAR',
      limit: 3,
    });
    expect(error.cause).toMatchObject({
      name: 'TimeoutError',
      message: 'too late',
      code: 'DROVER_TIMEOUT',
    });
  });

  it('J3 is the result of each handle, as a Failure', async () => {
    const job = await failed('result');
    await job.refresh();
    for (const handle of [job, await context.queue('result').get(job.id)]) {
      expect(handle?.status).toBe('completed');
      expect(handle?.result).toBeInstanceOf(Failure);
      expect((handle?.result as Failure).toJSON()).toEqual(Failure.from(thrown).toJSON());
    }
  });

  it('is shown by a BullMQ dashboard, with reason and stack', async () => {
    const job = await failed('dashboard');
    const stored = await context.redis.hgetall(`${context.prefix}:dashboard:${job.id}`);
    expect(stored['failedReason']).toBe('too far');
    expect(JSON.parse(stored['stacktrace'] ?? '')).toEqual([thrown.stack]);
  });
});

it('J3 a second end under one claim, or a forged one, does not change the result', async () => {
  const job = await context.queue('once').put(work.job(1));
  const dispatcher = playDispatcher(context, 'once');
  const claim = await dispatcher.claimNow();
  await dispatcher.complete(claim, 'first');
  await expect(dispatcher.complete(claim, 'second')).rejects.toThrow();
  await expect(dispatcher.fail(claim, new Error('late'))).rejects.toThrow();
  await expect(dispatcher.complete({ ...claim, token: 'forged' }, 'forged')).rejects.toThrow();
  expect((await job.refresh()).result).toBe('first');
});

it("I5 an end under another token than the claim's is refused", async () => {
  const job = await context.queue('fenced').put(work.job(1));
  const dispatcher = playDispatcher(context, 'fenced');
  const claim = await dispatcher.claimNow();
  await expect(
    dispatcher.complete({ ...claim, token: 'somebody:1:1' }, 'stolen'),
  ).rejects.toThrow();
  await expect(dispatcher.fail({ ...claim, token: '' }, new Error('stolen'))).rejects.toThrow();
  expect(await job.refresh()).toMatchObject({ status: 'active', result: undefined });
});

describe('refresh', () => {
  it('updates status, result and dispatcher, and returns the job itself', async () => {
    const job = await context.queue('refresh').put(work.job(1));
    const dispatcher = playDispatcher(context, 'refresh');
    const claim = await dispatcher.claimNow();
    expect(job.status).toBe('pending');
    expect(await job.refresh()).toBe(job);
    expect(job).toMatchObject({ status: 'active', dispatcher: dispatcher.uuid, result: undefined });
    await dispatcher.complete(claim, 1);
    expect(await job.refresh()).toMatchObject({ status: 'completed', result: 1 });
  });

  it('leaves the handle of a removed job unchanged', async () => {
    const job = await context.queue('gone').put(work.job(1));
    await context.queue('gone').remove(job.id);
    expect((await job.refresh()).status).toBe('pending');
  });
});
