// Middleware around each put of a process: `aroundPuts` (Q1, J11).
import {
  aroundPuts,
  BadStatusError,
  defineTask,
  InvalidArgumentError,
  local,
  Queue,
  type PutMiddleware,
} from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';

const context = testContext('put-middleware');
const queue = context.queue('jobs');
const echo = defineTask('putMiddleware.echo', (value: unknown) => value);

/** Middleware for one test. */
let removals: (() => void)[] = [];
const around = (middleware: PutMiddleware): void => void removals.push(aroundPuts(middleware));
afterEach(() => {
  for (const remove of removals) remove();
  removals = [];
});

it('Q1 middleware is around each put, the first one outermost, and sees what is put', async () => {
  const steps: unknown[] = [];
  const noting =
    (name: string): PutMiddleware =>
    async (put, next) => {
      steps.push([name, put.queue, put.jobs.map(({ args }) => args[0]), put.run]);
      const jobs = await next();
      steps.push([name, jobs.map(({ status }) => status)]);
    };
  around(noting('outer'));
  around(noting('inner'));
  await queue.sibling('others').putAll([echo.job(1), echo.job(2)]);
  expect(steps).toEqual([
    ...[
      ['outer', 'others', [1, 2], undefined],
      ['inner', 'others', [1, 2], undefined],
    ],
    ['inner', ['pending', 'pending']],
    ['outer', ['pending', 'pending']],
  ]);
  await queue.putAll([]);
  expect(steps).toHaveLength(4);
});

it('Q1 a put rejects with what middleware throws, before and after its jobs are stored', async () => {
  around(async ({ jobs }, next) => {
    if (jobs[0]?.args[0] === 'refused') throw new RangeError('refused');
    await next();
    throw new RangeError('too late');
  });
  const [refused, late] = [echo.job('refused'), echo.job('late')];
  await expect(queue.put(refused)).rejects.toThrow('refused');
  await expect(queue.put(late)).rejects.toThrow('too late');
  expect([refused.status, late.status]).toEqual(['new', 'pending']);
  expect([await queue.get(refused.id), (await queue.get(late.id))?.args]).toEqual([
    undefined,
    ['late'],
  ]);
});

it('Q1 a put fails where next is not called, called twice, or not awaited', async () => {
  const misuses: Record<string, PutMiddleware> = {
    'did not call its next()': () => {},
    'called next() twice': async (_, next) => [await next(), await next().catch(() => {})],
    'did not await its next()': (_, next) => void next(),
  };
  around(async (put, next) => await misuses[String(put.jobs[0]?.args[0])]?.(put, next));
  for (const why of Object.keys(misuses)) {
    const put = queue.put(echo.job(why));
    await expect(put).rejects.toThrow(BadStatusError);
    await expect(put).rejects.toThrow(why);
  }
  expect(() => aroundPuts({} as never)).toThrow(InvalidArgumentError);
});

it('J11 middleware adds to meta: below that of the job, above that of the queue', async () => {
  const { redisUrl: connection, prefix } = context;
  const defaultJobOptions = { meta: { app: 'shop', tenant: 'queue' } };
  const own = new Queue('defaults', { connection, prefix, defaultJobOptions });
  cleanUpLater(() => own.close());
  around(async (put, next) => {
    put.addMeta({ tenant: 'added' });
    put.addMeta({ user: 7 });
    return await next();
  });
  const [plain, given] = await own.putAll([echo.job(1), echo.job(2).with({ meta: { user: 1 } })]);
  expect(plain?.meta).toEqual({ app: 'shop', tenant: 'added', user: 7 });
  expect(given?.meta).toEqual({ tenant: 'added', user: 1 });
  expect((await own.get(plain?.id ?? ''))?.meta).toEqual(plain?.meta);
});

it('J11 what middleware adds to meta is plain JSON, and 2,048 bytes with that of a job', async () => {
  const large = { large: 'x'.repeat(1_500) };
  around(async (put, next) => {
    put.addMeta(put.queue === 'odd' ? { odd: new Date() } : { more: 'x'.repeat(1_000) });
    return await next();
  });
  const job = echo.job(1).with({ meta: large });
  await expect(queue.sibling('odd').put(echo.job(1))).rejects.toThrow(InvalidArgumentError);
  await expect(queue.put(job)).rejects.toThrow(/2048 are the most/);
  expect(job.status).toBe('new');
});

it('J6, J11 puts of a task have middleware too, and say whose run they belong to', async () => {
  const seen: unknown[] = [];
  const puts = defineTask('putMiddleware.puts', async () => {
    await local.getQueue().put(echo.job('in the run'));
    await local.getQueue().put(echo.job('at once'), { immediate: true });
  });
  const job = await queue.sibling('runs').put(puts.job(), { meta: { tenant: 'a' } });
  around(async (put, next) => {
    seen.push([put.jobs[0]?.args[0], put.run?.id, put.run?.meta]);
    return await next();
  });
  await dispatchersIn(context).start('runs');
  await job.wait();
  expect(seen).toEqual([
    ['in the run', job.id, { tenant: 'a' }],
    ['at once', undefined, undefined],
  ]);
});

it('Q1 middleware that was removed sees no further put', async () => {
  let count = 0;
  const counting: PutMiddleware = async (_, next) => {
    count++;
    return await next();
  };
  const [remove] = [aroundPuts(counting), aroundPuts(counting)].map((one) => {
    removals.push(one);
    return one;
  });
  await queue.put(echo.job(1));
  remove?.();
  remove?.();
  await queue.put(echo.job(1));
  expect(count).toBe(3);
});
