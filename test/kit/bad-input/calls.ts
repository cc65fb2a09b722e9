// Public functions that are given anything: each refuses it with an error of Drover's that says
// what was wrong, or takes it as it is (B2).
import { parallel, serial } from '@drover/composite';
import {
  defineCodec,
  defineRetryPolicy,
  defineTask,
  Dispatchers,
  DroverError,
  Failure,
  joinJobs,
  Queue,
  retry,
  type Job,
} from '@drover/core';
import fc from 'fast-check';
import { inspect } from 'node:util';
import type { TestContext } from '../context.js';
import { dispatcherCalls } from './dispatcher-calls.js';
import { same, withoutPlace, type Any, type Calls, type Given } from './given.js';
import { limitCalls } from './limit-calls.js';
import { oddNames } from './names.js';
import { NOT_TO_BE_READ, oddOptions, oddValues, report } from './values.js';

/** Messages are for people to read: what is wrong in ten thousand characters is not repeated. */
const MAX_MESSAGE = 1_000;

const noted = defineTask('bad-input.noted', (...given: unknown[]) => given.length);
const names = fc.oneof({ weight: 3, arbitrary: oddNames as fc.Arbitrary<unknown> }, oddValues);

/** A call by name, with what it is given. */
const badCalls = fc.record({
  // Each call as often as any other: fast-check prefers small and large numbers.
  call: fc.noBias(fc.nat(10_000)),
  name: names,
  value: oddValues,
  options: oddOptions,
});

/** The calls, on a queue that is theirs and that no dispatcher serves. */
function callsOn(context: TestContext, queue: Queue, stored: Job, fleet: Dispatchers): Calls {
  const { redisUrl, prefix } = context;
  const put = async (job: Job, options?: Any): Promise<Job> => {
    await queue.put(job, options);
    const found = await queue.get(job.id);
    same('the task of a job', found?.task, job.task);
    same('the lane of a job', found?.options.lane ?? 'main', job.options.lane ?? 'main');
    return found as Job;
  };
  const removed = async (job: Job): Promise<void> => await queue.remove(job);
  return {
    'new Queue': async ({ name, options }) => {
      // A URL that leads elsewhere is not bad input.
      const other = new Queue(name, { connection: redisUrl, prefix, ...withoutPlace(options) });
      same('the name of a queue', other.name, name);
      await other.close();
    },
    'new Queue, options': async ({ options }) => {
      if (typeof options === 'object' && options !== null) return;
      await new Queue('bad', options).close();
    },
    'new Queue, connection': async ({ value }) => {
      if (typeof value === 'object' || typeof value === 'undefined') return;
      await new Queue('bad', { connection: value }).close();
    },
    ...dispatcherCalls(context, fleet),
    ...limitCalls(queue),
    defineTask: ({ name, value }) =>
      same(
        'the name of a task',
        defineTask(name, typeof value === 'function' ? value : noted.run).name,
        name,
      ),
    'defineTask, options': ({ name, options }) => defineTask(name, (() => 1) as Any, options),
    'a task put': async ({ name }) => removed(await put(defineTask(name, noted.run as Any).job())),
    defineRetryPolicy: ({ name, value }) => defineRetryPolicy(name, value),
    defineCodec: ({ name, options }) => defineCodec(name, options),
    retry: ({ options }) => retry(options),
    put: async ({ value }) => await queue.put(value),
    'put, like a task': async ({ name, value }) =>
      await queue.put({ name, job: () => noted.job(value), run: noted.run } as Any),
    putAll: async ({ value }) => await queue.putAll(value),
    'put, options': async ({ options }) => removed(await put(noted.job(), options)),
    'args put': async ({ name, value }) => {
      const found = await put(noted.job(name, value));
      same('arguments', found.args, [name, value]);
      await removed(found);
    },
    with: ({ options }) => noted.job().with(options),
    'a lane put': async ({ name }) => removed(await put(noted.job().with({ lane: name }))),
    'a policy put': async ({ name }) => {
      const found = await put(noted.job().with({ retryPolicy: name }));
      same(
        'the policy of a job',
        found.options.retryPolicy,
        typeof name === 'string' ? name : name?.name,
      );
      await removed(found);
    },
    get: async ({ name }) => await queue.get(name),
    remove: async ({ name }) => await queue.remove(name),
    pull: async ({ value }) =>
      await queue.pull(typeof value === 'number' && value < 100 ? value + 100 : value),
    jobs: async ({ options }) => await queue.jobs(options),
    'jobs, task': async ({ name }) => await queue.jobs({ task: name }),
    'jobs, lane': async ({ name }) => await queue.jobs({ lane: name }),
    'deadLetter.retry': async ({ name }) => await queue.deadLetters().retry(name),
    'deadLetter.drop': async ({ name }) => await queue.deadLetters().drop(name),
    'with rateLimits': async ({ name }) =>
      removed(await put(noted.job().with({ rateLimits: [name] }))),
    'with quotas': async ({ name }) => removed(await put(noted.job().with({ quotas: [name] }))),
    annotate: async ({ name, value }) => {
      await stored.annotate(name, value);
      same(
        'an annotation',
        Object.getOwnPropertyDescriptor((await stored.refresh()).annotations, name)?.value,
        value,
      );
    },
    update: async ({ value }) => {
      await stored.update({ args: [value] });
      same('arguments', (await queue.get(stored.id))?.args, [value]);
    },
    'update, changes': async ({ options }) => await stored.update(options),
    wait: async ({ options }) => await noted.job().wait(options),
    cancel: async ({ value }) => {
      const job = await put(noted.job());
      await job.cancel(value);
    },
    addCallback: async ({ value }) => await noted.job().addCallback(value),
    addCallbacks: async ({ options }) => await noted.job().addCallbacks(options),
    serial: ({ value, options }) => serial(value, options),
    parallel: ({ value, options }) => parallel([noted.job(), value], options),
    joinJobs: ({ value, options }) => joinJobs(value, options),
    'joinJobs, options': ({ options }) => joinJobs([noted.job()], options),
    'Failure.from': ({ value }) => JSON.stringify(Failure.from(value)),
  };
}

/** The arguments of a call. */
type BadCall = Given & { call: number };

/** Makes so many calls, each with odd input. */
export async function expectCallsBorne(
  context: TestContext,
  name: string,
  count: number,
): Promise<void> {
  const queue = context.queue(name);
  const stored = await queue.put(noted.job());
  await using fleet = new Dispatchers({ connection: context.redisUrl, prefix: context.prefix });
  const calls = Object.entries(callsOn(context, queue, stored, fleet));
  const made = new Set<string>();
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  const run = async ({ call, ...given }: BadCall): Promise<void> => {
    const [what, make] = calls[call % calls.length] as (typeof calls)[number];
    made.add(what);
    try {
      await make(given);
    } catch (error) {
      const wrong = whatIsWrongWith(error);
      if (wrong) throw new Error(`${what}: ${wrong}`, { cause: error });
    }
    if (Object.getOwnPropertyNames(Object.prototype).join() !== before || 'polluted' in {})
      throw new Error(`${what}: the prototype of all objects was changed`);
  };
  await fc.assert(fc.asyncProperty(badCalls, run), report(count));
  // Each had its turn.
  expect(calls.map(([call]) => call).filter((call) => !made.has(call))).toEqual([]);
}

function whatIsWrongWith(error: unknown): string | undefined {
  // The getter of the input threw: the error is not Drover's.
  if (error instanceof Error && error.message === NOT_TO_BE_READ) return undefined;
  if (!(error instanceof DroverError))
    return `it throws what is none of Drover's errors: ${inspect(error).slice(0, 1_000)}`;
  if (!/\w/.test(error.message)) return 'its error says nothing';
  if (error.message.length > MAX_MESSAGE)
    return `its error is ${error.message.length} characters long`;
  return undefined;
}
