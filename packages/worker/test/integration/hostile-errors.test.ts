// Any value that a task or a codec throws ends its run once: the policy is asked once, and the slot
// is free afterwards (J3).
import {
  defineCodec,
  defineRetryPolicy,
  defineTask,
  local,
  type Failure,
  type Job,
} from '@drover/core';
import { RedisLane } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { hostile, HOSTILE, type Hostile } from '../../../../test/kit/hostile.js';
import { throwsHostile } from '../../../../test/kit/thread-tasks.js';
import { collect, dispatchersIn } from './dispatchers.js';

const context = testContext('hostile-errors');
const dispatchers = dispatchersIn(context);

/** Its codec throws. */
class Receipt {
  constructor(readonly name: Hostile) {}
}
defineCodec('hostile.receipt', {
  class: Receipt,
  encode: ({ name }) => {
    throw hostile(name);
  },
  decode: (name: Hostile) => new Receipt(name),
});

const runs: string[] = [];
const throws = defineTask('hostile.throws', (name: Hostile) => {
  runs.push(local.getJob().id);
  throw hostile(name);
});
const returnsReceipt = defineTask('hostile.returnsReceipt', (name: Hostile) => {
  runs.push(local.getJob().id);
  return new Receipt(name);
});
const rejects = defineTask('hostile.rejects', async (name: Hostile) => {
  runs.push(local.getJob().id);
  await Promise.resolve();
  throw hostile(name);
});
const works = defineTask('hostile.works', () => 'fine');

const asked: string[] = [];
const note = (question: string) => (failure: Failure) => {
  asked.push(question);
  return typeof failure.message !== 'string';
};
const retryPolicy = defineRetryPolicy('hostile.noted', {
  jobError: note('jobError'),
  commitError: note('commitError'),
  interrupted: () => false,
});
const queue = context.queue('here');

beforeEach(() => {
  asked.length = runs.length = 0;
});

describe('in the process of the dispatcher', () => {
  const failed: unknown[] = [];
  beforeAll(async () => {
    const dispatcher = await dispatchers.start('here', { size: 1 });
    dispatcher.on('failed', ({ job }) => failed.push(job.id));
  });

  it.each(HOSTILE)('J3 a task that throws %s fails once, and frees its slot', async (name) => {
    const [job, other] = await queue.putAll([throws.job(name).with({ retryPolicy }), works.job()]);
    await expect(job?.wait()).rejects.toBeInstanceOf(Error);
    expect(await other?.wait()).toBe('fine');
    expect([runs, asked]).toEqual([[job?.id], ['jobError']]);
    expect(failed.filter((id) => id === job?.id)).toHaveLength(1);
  });

  it.each(HOSTILE)(
    'J3 a codec that throws %s is one commit error, and frees the slot',
    async (name) => {
      const [job, other] = await queue.putAll([
        returnsReceipt.job(name).with({ retryPolicy }),
        works.job(),
      ]);
      await expect(job?.wait()).rejects.toMatchObject({ name: 'SerializationError' });
      expect(await other?.wait()).toBe('fine');
      expect([runs, asked]).toEqual([[job?.id], ['commitError']]);
    },
  );

  it.each<Hostile>([
    'a revoked Proxy of an error',
    'a thenable that throws',
    'an error that is a promise too',
  ])('J3 an async task that rejects with %s fails once', async (name) => {
    const job = await queue.put(rejects.job(name), { retryPolicy });
    await expect(job.wait()).rejects.toBeInstanceOf(Error);
    expect([runs, asked]).toEqual([[job.id], ['jobError']]);
  });

  it('J3, J7 a callback gets a failure with unreadable parts', async () => {
    const told = defineTask('hostile.told', (failure: Failure) => failure.message);
    const job = throws.job('an error whose stack is a cyclic object');
    const callback = await job.addCallback(told.job() as Job<string, [unknown]>);
    await queue.put(job, { retryPolicy });
    await expect(job.wait()).rejects.toThrow('odd stack');
    expect(await callback.wait()).toBe('odd stack');
  });
});

it('J3 a failure that cannot be stored makes the job a dead letter', async () => {
  const { fail } = RedisLane.prototype;
  RedisLane.prototype.fail = () => Promise.reject(new TypeError('no such record'));
  try {
    await dispatchers.start('aside', { size: 1 });
    const own = context.queue('aside');
    const [job, other] = await own.putAll([
      throws.job('nothing').with({ retryPolicy }),
      works.job(),
    ]);
    expect(await other?.wait()).toBe('fine');
    expect([runs, asked]).toEqual([[job?.id], ['jobError', 'commitError']]);
    expect(await own.deadLetters().list()).toMatchObject([
      {
        id: job?.id,
        reason: 'the outcome of its run cannot be stored, nor that it failed: no such record',
      },
    ]);
  } finally {
    RedisLane.prototype.fail = fail;
  }
});

it('D7, J3 in a thread a task that throws any of them fails once', async () => {
  const dispatcher = dispatchers.make('thread', { size: 1, threads: true });
  const started = collect(dispatcher, 'started');
  await dispatcher.activate();
  const jobs = await context.queue('thread').putAll(
    HOSTILE.map((name) => throwsHostile.job(name)),
    { retryPolicy },
  );
  for (const job of jobs) await expect(job.wait()).rejects.toBeInstanceOf(Error);
  expect(started.map(({ job }) => job.id)).toEqual(jobs.map(({ id }) => id));
  expect(asked).toEqual(jobs.map(() => 'jobError'));
  const names = await Promise.all(
    jobs.map(async (job) => ((await job.refresh()).result as Failure).name),
  );
  expect(names).not.toContain('ThreadError');
});
