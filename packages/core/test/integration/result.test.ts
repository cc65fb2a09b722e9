// Results: a value or a failure, which never changes once set (J3), and comes back as what it was
// (J4).
import { defineTask, Failure, Job, TimeoutError } from '@drover/core';
import { encode } from '@drover/core/internal';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('result');
const work = defineTask('result.work', (value: unknown) => value);

const values: [string, unknown][] = [
  ['a string', 'text'],
  ['nothing', undefined],
  ['null', null],
  ['false', false],
  ['an empty string', ''],
  ['zero', 0],
  ['an object with an undefined inside an array', { a: [undefined, 1] }],
  ['an object that looks like a tag', { $drover: 'undefined' }],
];

it.each(values)('J4 the value may be %s', async (_what, value) => {
  const queue = context.queue('values');
  const job = await queue.put(work.job(1));
  const { store, claimNow } = playDispatcher(context, 'values');
  await store.complete(await claimNow(), encode(value, 'result'), { claimNext: false });
  expect(await job.wait()).toStrictEqual(value);
  expect(job.result).toStrictEqual(value);
  expect((await queue.get(job.id))?.result).toStrictEqual(value);
});

it('J4 the value may hold jobs, which come as handles', async () => {
  const queue = context.queue('jobs');
  const [job, other] = await queue.putAll([work.job(1), work.job('other')]);
  const { store, claimNow } = playDispatcher(context, 'jobs');
  await store.complete(await claimNow(), encode({ found: other }, 'result'), { claimNext: false });
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

  it('J3 is thrown by wait as an Error with name, message, stack, code, cause and fields', async () => {
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

  it('J3 is the result, as a Failure, of every handle', async () => {
    const job = await failed('result');
    await job.refresh();
    for (const handle of [job, await context.queue('result').get(job.id)]) {
      expect(handle?.status).toBe('completed');
      expect(handle?.result).toBeInstanceOf(Failure);
      expect((handle?.result as Failure).toJSON()).toEqual(Failure.from(thrown).toJSON());
    }
  });

  it('is seen in a BullMQ dashboard: reason and stack', async () => {
    const job = await failed('dashboard');
    const stored = await context.redis.hgetall(`${context.prefix}:dashboard:${job.id}`);
    expect(stored['failedReason']).toBe('too far');
    expect(JSON.parse(stored['stacktrace'] ?? '')).toEqual([thrown.stack]);
  });
});

it('J3 once set it never changes: a second end under the same claim, or a forged one, is refused', async () => {
  const job = await context.queue('once').put(work.job(1));
  const dispatcher = playDispatcher(context, 'once');
  const claim = await dispatcher.claimNow();
  await dispatcher.complete(claim, 'first');
  await expect(dispatcher.complete(claim, 'second')).rejects.toThrow();
  await expect(dispatcher.fail(claim, new Error('late'))).rejects.toThrow();
  await expect(dispatcher.complete({ ...claim, token: 'forged' }, 'forged')).rejects.toThrow();
  expect((await job.refresh()).result).toBe('first');
});

it('I5 under another token than the claim no end is accepted', async () => {
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
  it('brings status, result and dispatcher up to date, and gives the job itself', async () => {
    const job = await context.queue('refresh').put(work.job(1));
    const dispatcher = playDispatcher(context, 'refresh');
    const claim = await dispatcher.claimNow();
    expect(job.status).toBe('pending');
    expect(await job.refresh()).toBe(job);
    expect(job).toMatchObject({ status: 'active', dispatcher: dispatcher.uuid, result: undefined });
    await dispatcher.complete(claim, 1);
    expect(await job.refresh()).toMatchObject({ status: 'completed', result: 1 });
  });

  it('of a job that is gone leaves the handle as it was', async () => {
    const job = await context.queue('gone').put(work.job(1));
    await context.queue('gone').remove(job.id);
    expect((await job.refresh()).status).toBe('pending');
  });
});
