// `local.once`: steps that a job does once, across interrupts and retries (O5).
import { defineTask, JobStatus, local, RetryableError, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn, next } from './dispatchers.js';
import { aborted, gate } from '../../../../test/kit/gate.js';

const context = testContext('once');
const dispatchers = dispatchersIn(context);
const shelf = context.queue('shelf');
const echo = defineTask('once.echo', (value: unknown) => value);

/** Runs a task as a job of a queue with its own dispatcher. */
async function run<T>(name: string, task: () => T): Promise<{ job: Job; value: Promise<unknown> }> {
  await dispatchers.start(name);
  const job = await context.queue(name).put(defineTask(`once.${name}`, task).job() as Job);
  return { job, value: job.wait() };
}

/** The first arguments of the jobs in `shelf` that begin with this text. */
async function shelved(text: string): Promise<unknown[]> {
  const jobs = await shelf.jobs({ status: Object.values(JobStatus) });
  return jobs.map(({ args }) => args[0]).filter((value) => String(value).startsWith(text));
}

it('O5 each key is called once over all retries, and its result is given to each run', async () => {
  const calls: string[] = [];
  const { value } = await run('retries', async () => {
    const first = await local.once('first', () => {
      calls.push(`first by ${local.fence}`);
      return { by: local.fence, nothing: undefined };
    });
    const second = await local.once('second', () => void calls.push(`second by ${local.fence}`));
    if (local.fence < 3) throw new RetryableError('again');
    return [first, second, local.fence];
  });
  expect(await value).toEqual([{ by: 1, nothing: undefined }, undefined, 3]);
  expect(calls).toEqual(['first by 1', 'second by 1']);
});

it('O5 a key is not called again after an interrupt', async () => {
  let calls = 0;
  const hasRun = gate();
  const first = await dispatchers.start('interrupt');
  const task = defineTask('once.interrupt', async () => {
    const value = await local.once('effect', () => ++calls);
    if (local.fence > 1) return value;
    hasRun.open();
    return await aborted(local.signal);
  });
  const job = await context.queue('interrupt').put(task.job());
  await hasRun.opened;
  await first.deactivate();
  await dispatchers.start('interrupt');
  expect(await job.wait()).toBe(1);
  expect(calls).toBe(1);
});

it('O5 a call that fails stores nothing, and is repeated', async () => {
  let calls = 0;
  const flaky = () => {
    calls++;
    if (calls < 4) throw new RetryableError(`call ${calls}`);
    return calls;
  };
  const { value } = await run('fails', async () => {
    const errors = [];
    for (let i = 0; i < 2; i++) errors.push(await local.once('flaky', flaky).catch(String));
    return local.fence < 2 ? await local.once('flaky', flaky) : errors;
  });
  expect(await value).toEqual([4, 4]);
  expect(calls).toBe(4);
});

it('O5 parallel calls of one key share one call', async () => {
  let calls = 0;
  const { value } = await run('shared', async () => {
    const one = async () => {
      await Promise.resolve();
      return ++calls;
    };
    return await Promise.all([local.once('a', one), local.once('a', one), local.once('b', one)]);
  });
  expect(await value).toEqual([1, 1, 2]);
});

it('O5 a call sees the job, the queue, the signal and the fence of its run', async () => {
  const look = () =>
    [local.getJob(), local.getQueue(), local.getDispatcher(), local.signal, local.fence] as const;
  const { value } = await run('same', async () => {
    let inside: ReturnType<typeof look> | undefined;
    let deeper: ReturnType<typeof look> | undefined;
    await local.once('outer', async () => {
      inside = look();
      await local.once('inner', () => void (deeper = look()));
    });
    return look().map((one, i) => one === inside?.[i] && one === deeper?.[i]);
  });
  expect(await value).toEqual([true, true, true, true, true]);
});

it('O5 results belong to their job, and are removed with it', async () => {
  const { job, value } = await run(
    'alone',
    async () => await local.once('who', () => local.getJob().id),
  );
  expect(await value).toBe(job.id);
  const other = await context
    .queue('alone')
    .put(defineTask('once.alone.other', async () => await local.once('who', () => 'other')).job());
  expect(await other.wait()).toBe('other');
  const postponed = await run('removed', async () => {
    await local.once('key', () => 1);
    throw Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
  });
  postponed.value.catch(() => {});
  const key = `${context.prefix}:removed:${postponed.job.id}:once`;
  // The job can be removed while it waits for its next attempt.
  await eventually(async () => {
    await context.queue('removed').remove(postponed.job);
    return true;
  });
  expect(await context.redis.exists(key)).toBe(0);
});

it('O5, J6 its puts are stored with its result, once, whatever becomes of the run', async () => {
  const { value } = await run('puts', async () => {
    await local.once('puts', async () => {
      await shelf.put(echo.job(`puts of once by ${local.fence}`));
    });
    await shelf.put(echo.job(`puts of the run by ${local.fence}`));
    if (local.fence < 2) throw new RetryableError('again');
  });
  await value;
  expect((await shelved('puts')).sort()).toEqual(['puts of once by 1', 'puts of the run by 2']);
});

it('O5, J6 the puts of a call that fails are dropped', async () => {
  const { value } = await run('puts-fails', async () => {
    await local
      .once('puts', async () => {
        await shelf.put(echo.job('puts-fails'));
        throw new Error('after the put');
      })
      .catch(() => {});
  });
  await value;
  expect(await shelved('puts-fails')).toEqual([]);
});

it('O5 a result whose reply is lost is stored, and not called again', async () => {
  const proxy = await startFaultProxy(context.redisUrl);
  const dispatcher = await dispatchers.start('lossy', { connection: proxy.url });
  const trouble = next(dispatcher, 'error');
  let calls = 0;
  const task = defineTask('once.lossy', async () => {
    const value = await local.once('effect', async () => {
      await local.getQueue().put(echo.job('put'), { beginAfter: 600_000 });
      return `call ${++calls}`;
    });
    return [value, local.fence];
  });
  const lost = proxy.next('writeOnce', { kind: 'lose reply' });
  const job = await context.queue('lossy').put(task.job());
  await Promise.all([lost, trouble]);
  expect(await job.wait()).toEqual(['call 1', 1]);
  expect((await context.queue('lossy').jobs()).map(({ args }) => args[0])).toEqual(['put']);
});

it('I5 a run that lost its claim can neither call nor store', async () => {
  const [calling, goOn] = [gate(), gate()];
  const dispatcher = await dispatchers.start('zombie');
  const reassigned = next(dispatcher, 'reassigned');
  const errors: unknown[] = [];
  let calls = 0;
  const task = defineTask('once.zombie', async () => {
    const late = local.once('late', async () => {
      calls++;
      calling.open();
      await goOn.opened;
      await shelf.put(echo.job('zombie'));
      return 'late';
    });
    errors.push(await late.catch((error: unknown) => error));
    errors.push(
      await local.once('later', () => ++calls).catch((error: unknown) => error),
      local.signal.aborted,
    );
  });
  const job = await context.queue('zombie').put(task.job());
  await calling.opened;
  const key = `${context.prefix}:zombie:${job.id}`;
  await context.redis.hincrby(key, 'interruptions', 1);
  await context.redis.set(`${key}:lock`, 'an interrupt');
  goOn.open();
  await reassigned;
  const refused = expect.objectContaining({ code: 'DROVER_REASSIGNED' }) as unknown;
  expect(errors).toEqual([refused, refused, true]);
  expect(calls).toBe(1);
  expect(await context.redis.exists(`${key}:once`)).toBe(0);
  expect(await shelved('zombie')).toEqual([]);
});

it('O5 bad input is refused, and so is a call after the end of the task', async () => {
  const goOn = gate();
  let late: Promise<unknown> = Promise.resolve();
  const { value } = await run('refused', async () => {
    late = goOn.opened.then(() => local.once('late', () => 1)).catch(String);
    const calls = [
      () => local.once('', () => 1),
      () => local.once(3 as never, () => 1),
      () => local.once('no function', 1 as never),
      () => local.once('unstorable', () => () => {}),
    ];
    const errors = [];
    for (const call of calls) errors.push(await call().catch((error: Error) => error.name));
    return errors;
  });
  const names = [
    'InvalidArgumentError',
    'InvalidArgumentError',
    'InvalidArgumentError',
    'SerializationError',
  ];
  expect(await value).toEqual(names);
  goOn.open();
  expect(await late).toMatch(/BadStatusError: .* has ended/);
  await expect(local.once('outside', () => 1)).rejects.toMatchObject({
    code: 'DROVER_NO_LOCAL_JOB',
  });
});

it('O5 a call inside a call of the same key fails at once', async () => {
  const queue = context.queue('inside');
  const inside = defineTask('once.inside', () =>
    local.once('a', () => local.once('b', () => local.once('a', () => 1))),
  );
  const job = await queue.put(inside.job());
  await dispatchers.start('inside');
  await expect(job.wait()).rejects.toThrow('once("a") is called inside itself');
});

it('O5 a call that its task did not await reports that the task has ended', async () => {
  const queue = context.queue('unawaited');
  const { opened, open } = gate();
  let once: Promise<unknown> | undefined;
  const unawaited = defineTask('once.unawaited', () => {
    once = local.once('a', () => opened);
    once.catch(() => {});
    return 'done';
  });
  const job = await queue.put(unawaited.job());
  await dispatchers.start('unawaited');
  expect(await job.wait()).toBe('done');
  open();
  await expect(once).rejects.toThrow('has ended: await what the task does with once');
});

it('O5 a job that does not use it has no keys for it', async () => {
  const dispatcher = await dispatchers.start('none');
  const completed = collect(dispatcher, 'completed');
  const job = await context.queue('none').put(echo.job('plain'));
  await job.wait();
  expect(await context.redis.keys(`${context.prefix}:none:${job.id}:*`)).toEqual([]);
  await dispatcher.deactivate();
  expect(completed).toHaveLength(1);
});
