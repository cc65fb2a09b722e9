// Arguments and results that JSON does not have, through Redis and a dispatcher (J4).
import { defineTask, Failure, Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('values');
const dispatchers = dispatchersIn(context);
const queue = context.queue('values');
const give = defineTask('values.give', (value: unknown, _more?: unknown) => value);

/** The value as the task sees it. */
const look = defineTask(
  'values.look',
  (value: { map: Map<string, unknown>; self: unknown; at: Date }) => ({
    isMap: value.map instanceof Map,
    isItself: value.self === value,
    year: value.at.getUTCFullYear(),
  }),
);

beforeAll(async () => {
  await dispatchers.start('values');
});

it('J4 values of all kinds can be argument and result', async () => {
  const value = {
    nothing: undefined,
    numbers: [NaN, -0, Infinity, 2n ** 70n],
    map: new Map<unknown, unknown>([[new Date(0), new Set([/x/g, new URL('redis://host/')])]]),
    bytes: [Buffer.from('b'), Float32Array.of(1.5), new ArrayBuffer(2)],
  };
  const job = await queue.put(give.job(value));
  expect(await job.wait()).toStrictEqual(value);
  expect((await queue.get(job.id))?.args).toStrictEqual([value]);
});

it('J4 a task gets a cyclic value as a cycle', async () => {
  const value = { map: new Map(), self: undefined as unknown, at: new Date(0) };
  value.self = value;
  expect(await (await queue.put(look.job(value))).wait()).toEqual({
    isMap: true,
    isItself: true,
    year: 1970,
  });
});

it('J4 a job in several places of a value arrives as one handle', async () => {
  const [first, second] = await queue.putAll([give.job('first'), give.job('second')]);
  const value = {
    byName: new Map([['first', first]]),
    all: new Set([first, second]),
    self: undefined as unknown,
  };
  value.self = value;
  const back = (await (await queue.put(give.job(value))).wait()) as {
    byName: Map<string, Job>;
    all: Set<Job>;
    self: unknown;
  };
  const inMap = back.byName.get('first');
  expect(inMap).toBeInstanceOf(Job);
  expect(back.all.has(inMap as Job)).toBe(true);
  expect(await Promise.all([...back.all].map((job) => job.wait()))).toEqual(['first', 'second']);
});

it('J4, J12 a new job among the arguments stays new, and can be put', async () => {
  const inner = give.job(1);
  await queue.put(give.job(new Map([['k', [inner]]])));
  expect(inner).toMatchObject({ queue: undefined, status: 'new' });
  expect(await (await queue.put(inner)).wait()).toBe(1);
});

it('J4, J12 a new job among changed arguments stays new, and can be put', async () => {
  const inner = give.job(1);
  const job = await context.queue('nobody').put(give.job(2));
  await job.update({ args: [new Set([inner])] });
  expect(inner).toMatchObject({ queue: undefined, status: 'new' });
  await queue.put(inner);
});

it('J3 J4 a failure keeps its cause, its errors and its fields', async () => {
  const fail = defineTask('values.fail', () => {
    const errors = [
      new TypeError('first'),
      Object.assign(new RangeError('second'), { at: new Date(0) }),
    ];
    throw Object.assign(new AggregateError(errors, 'both', { cause: new Error('why') }), {
      tries: 3n,
    });
  });
  const job = await queue.put(fail.job());
  const error = await job
    .wait()
    .catch((thrown: unknown) => thrown as AggregateError & { tries: bigint });
  expect(error).toMatchObject({
    name: 'AggregateError',
    message: 'both',
    cause: { message: 'why' },
    tries: 3n,
  });
  expect(job.result).toBeInstanceOf(Failure);
  expect((job.result as unknown as Failure).errors[1]?.fields).toEqual({ at: new Date(0) });
});

it('J4 plain JSON is stored as its plain text', async () => {
  const value = { url: 'a.png', sizes: [1, 2.5, { deep: null }] };
  const job = await queue.put(give.job(value, 'second'));
  await job.wait();
  const [data, result] = await context.redis.hmget(
    `${context.prefix}:values:${job.id}`,
    'data',
    'returnvalue',
  );
  expect([data, result]).toEqual([JSON.stringify([value, 'second']), JSON.stringify(value)]);
});
