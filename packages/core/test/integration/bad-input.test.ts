// Bad input to each public function gives a Drover error that says what is wrong (B2).
import {
  defineTask,
  DroverError,
  InvalidArgumentError,
  joinJobs,
  Queue,
  SerializationError,
  type Job,
} from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';

const context = testContext('bad-input');
const work = defineTask('bad-input.work', (value: unknown) => value);
const queue = context.queue('bad-input');
const never = undefined as never;

it.each<[string, () => unknown, RegExp]>([
  ['no name', () => new Queue(never), /the name of a queue must be a string/],
  ['a name with a colon', () => new Queue('a:b'), /may not contain/],
  ['a reserved name', () => new Queue('dispatcher'), /is reserved/],
  [
    'an empty prefix',
    () => new Queue('a', { prefix: '' }),
    /prefix must be a string that is not empty/,
  ],
  [
    'a prefix that is no string',
    () => new Queue('a', { prefix: 7 as never }),
    /prefix must be a string/,
  ],
  ['a bad URL', () => new Queue('a', { connection: 'nowhere' }), /is not a valid URL/],
  [
    'an unknown option',
    () => new Queue('a', { prefx: 'b' } as never),
    /a queue has no option "prefx"/,
  ],
  [
    'an onError that is no function',
    () => new Queue('a', { onError: 'log' as never }),
    /onError must be a function/,
  ],
  [
    'a connection that is a number',
    () => new Queue('a', { connection: 7 as never }),
    /connection must be/,
  ],
])('a Queue with %s is refused', (_what, make, why) => {
  expect(make).toThrow(InvalidArgumentError);
  expect(make).toThrow(why);
});

it.each<[string, () => Promise<unknown>, RegExp]>([
  ['get without an id', () => queue.get(never), /a job id must be a UUID string, not undefined/],
  ['get of a job', () => queue.get(work.job(1) as never), /a job id must be a UUID string/],
  ['get of an id that would leave the queue', () => queue.get('x:lock'), /a job id must be/],
  [
    'get of half an id',
    () => queue.get('01990000-0000-4000-8000-0000'),
    /there is no job "01990000-0000-4000-8000-0000": the id/,
  ],
  [
    'get of an id in capitals',
    () => queue.get('01990000-0000-4000-8000-00000000000A'),
    /is a UUID in small letters/,
  ],
  [
    'get of a name',
    () => queue.get('invoice 42'),
    /there is no job "invoice 42": the id of a job is a UUID/,
  ],
  ['remove of a name', () => queue.remove('invoice 42'), /there is no job "invoice 42"/],
  [
    'jobs of a lane without a name',
    () => queue.jobs({ lane: '' }),
    /must be a string that is not empty, not ""/,
  ],
  [
    'jobs of an unknown status',
    () => queue.jobs({ status: 'done' as never }),
    /there is no status "done"/,
  ],
  [
    'jobs from a position that is a string',
    () => queue.jobs({ start: '0' as never }),
    /start and end must be whole numbers/,
  ],
  [
    'jobs with an unknown option',
    () => queue.jobs({ unknownOption: 1 } as never),
    /jobs has no option "unknownOption"/,
  ],
  [
    'wait with an unknown option',
    () => work.job(1).wait({ timout: 1 } as never),
    /wait has no option "timout"/,
  ],
  [
    'joinJobs with an unknown option',
    async () => await Promise.resolve().then(() => joinJobs([], { inorder: true } as never)),
    /joinJobs has no option "inorder"/,
  ],
  [
    'joinJobs with a bigint as inOrder',
    async () => await Promise.resolve().then(() => joinJobs([], { inOrder: 1n as never })),
    /inOrder must be true or false/,
  ],
  ['pull of -Infinity', () => queue.pull(-Infinity), /index must be a whole number/],
  [
    'pull of a position that is a string',
    () => queue.pull('0' as never),
    /index must be a whole number/,
  ],
  ['remove of an empty id', () => queue.remove(''), /a job id must be/],
  ['put of undefined', () => queue.put(never), /only jobs can be put, but it is undefined/],
  [
    'putAll with something else among jobs',
    () => queue.putAll([work.job(1), 7 as never]),
    /only jobs can be put, but job 1 is number/,
  ],
  [
    'putAll with a hole among jobs',
    () => queue.putAll([work.job(1), , work.job(2)] as never),
    /only jobs can be put, but job 1 is undefined/,
  ],
])('%s is refused', async (_what, call, why) => {
  await expect(call()).rejects.toThrow(InvalidArgumentError);
  await expect(call()).rejects.toThrow(why);
});

// A TypeError from inside Drover would not tell the user what is wrong.
it.each<[string, () => unknown]>([
  ['a Queue with options null', () => new Queue('a', null as never)],
  ['a Queue with connection null', () => new Queue('a', { connection: null as never })],
  ['putAll without an array', () => queue.putAll(never)],
  ['putAll of one job', () => queue.putAll(work.job(1) as never)],
  ['put with options null', () => queue.put(work.job(1), null as never)],
  ['jobs with options null', () => queue.jobs(null as never)],
  ['remove of undefined', () => queue.remove(never)],
  ['with of null', () => work.job(1).with(null as never)],
  ['wait with options null', async () => (await queue.put(work.job(1))).wait(null as never)],
])('%s is refused with a Drover error', async (_what, call) => {
  await queue.put(work.job(1));
  const thrown: unknown = await Promise.resolve()
    .then(call)
    .catch((error: unknown) => error);
  expect(thrown instanceof DroverError).toBe(true);
});

it("B2 the names of BullMQ's own keys are no job ids", async () => {
  await context.redis.hset(`${context.prefix}:bad-input:meta`, 'opts.maxLenEvents', '10000');
  await queue.put(work.job(1));
  for (const name of ['meta', 'wait'])
    await expect(queue.get(name)).rejects.toThrow(`there is no job "${name}"`);
});

it('an end before the start of the queue is refused', async () => {
  await expect(queue.jobs({ end: -5 })).rejects.toThrow(InvalidArgumentError);
});

it('J4 a job among its own arguments is refused', async () => {
  const values: unknown[] = [];
  const job: Job = work.job(values);
  values.push(job);
  await expect(queue.put(job)).rejects.toThrow(SerializationError);
});
