// The defaults of a process hold for jobs that it makes, in its tasks too, and for callbacks that
// it adds (R1, J7).
import {
  defineTask,
  InvalidArgumentError,
  joinJobs,
  local,
  NeverRetry,
  Queue,
  retry,
  setProcessDefaults,
} from '@drover/core';
import type { Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';

const context = testContext('process-defaults');
const queue = context.queue('defaults');
const often = retry({ attempts: 7 });
const mine = { retryPolicy: often.name, failureLogLevel: 'warn' };
const ofCallbacks = { retryPolicy: 'RetryCommonForever', failureLogLevel: 'info' };

beforeAll(() => dispatchersIn(context).start('defaults'));
beforeEach(() =>
  setProcessDefaults({
    jobs: { retryPolicy: often, failureLogLevel: 'warn' },
    callbacks: { failureLogLevel: 'info' },
  }),
);
afterEach(() => setProcessDefaults({}));

const one = defineTask('defaults.one', () => 1);
const none = defineTask('defaults.none', () => 1, { retryPolicy: NeverRetry });
const hear = defineTask('defaults.hear', (_value: unknown) => {});
/** The stored options of a job. */
const optionsOf = async (job: Job | undefined, name = 'defaults'): Promise<unknown> => {
  const opts = await context.redis.hget(`${context.prefix}:${name}:${job?.id}`, 'opts');
  const { retryPolicy, failureLogLevel } = JSON.parse(opts ?? '{}') as Record<string, unknown>;
  return { retryPolicy, failureLogLevel };
};

it('R1 they hold for jobs, parts, and jobs that a task puts, returns or joins', async () => {
  const puts = defineTask('defaults.puts', async () => (await local.getQueue().put(one)).id);
  const returns = defineTask('defaults.returns', () => serial([one]));
  const joins = defineTask('defaults.joins', () =>
    joinJobs([one.job()], { then: defineTask('defaults.then', () => 1) }),
  );
  const album = await queue.put(parallel([puts, returns, joins]));
  const [put] = (await album.wait()) as unknown as [string];
  expect([await optionsOf(album), await optionsOf(album.jobs[0])]).toEqual([mine, mine]);
  expect(await optionsOf(await queue.get(put))).toEqual(mine);
  const all = await queue.jobs({ status: 'completed' });
  expect(all.map(({ task }) => task).sort()).toEqual(
    ['joins', 'one', 'one', 'one', 'puts', 'returns', 'then']
      .map((name) => `defaults.${name}`)
      .concat('drover.parallel', 'drover.serial'),
  );
  for (const job of all) expect([job.task, await optionsOf(job)]).toEqual([job.task, mine]);
});

it('R1 options of the job, its task and its queue come first, one by one', async () => {
  const other = new Queue('other', {
    connection: context.redisUrl,
    prefix: context.prefix,
    defaultJobOptions: { failureLogLevel: 'trace' },
  });
  cleanUpLater(() => other.close());
  const [own, ofTask, ofQueue] = [
    one.job().with({ retryPolicy: NeverRetry }),
    none.job(),
    one.job(),
  ];
  await other.putAll([own, ofTask, ofQueue]);
  const never = { retryPolicy: 'NeverRetry', failureLogLevel: 'trace' };
  expect([await optionsOf(own, 'other'), await optionsOf(ofTask, 'other')]).toEqual([never, never]);
  expect(await optionsOf(ofQueue, 'other')).toEqual({ ...mine, failureLogLevel: 'trace' });
});

it('J7 the defaults of callbacks hold for callbacks alone', async () => {
  const job = one.job();
  const callbacks = [
    await job.addCallback(hear),
    await (await job.addCallbacks({ success: hear })).addCallback(hear),
  ];
  const idle = context.queue('idle');
  await idle.put(job);
  callbacks.push(await job.addCallback(hear.job().with({ retryPolicy: NeverRetry })));
  const [first, second, third] = callbacks.map(({ options }) => options);
  expect([first, second, third]).toEqual([
    ofCallbacks,
    ofCallbacks,
    { ...ofCallbacks, retryPolicy: 'NeverRetry' },
  ]);
  const adds = defineTask('defaults.adds', async () => (await local.getJob().addCallback(hear)).id);
  const id = await (await queue.put(adds)).wait();
  expect(await optionsOf(await queue.get(id))).toEqual(ofCallbacks);
});

it.each<[unknown, string]>([
  [null, 'setProcessDefaults takes an object: { jobs, callbacks }'],
  [{ job: {} }, 'setProcessDefaults has no option "job"'],
  [{ jobs: { lane: 'x' } }, 'jobs of setProcessDefaults may not have "lane"'],
  [{ callbacks: { retryPolicy: 5 } }, 'retryPolicy must be a policy'],
])('B2 %j as defaults is refused, and nothing is changed', async (defaults, why) => {
  expect(() => setProcessDefaults(defaults as object)).toThrow(InvalidArgumentError);
  expect(() => setProcessDefaults(defaults as object)).toThrow(why);
  const job = await context.queue('idle').put(one);
  expect(await optionsOf(job, 'idle')).toEqual(mine);
});
