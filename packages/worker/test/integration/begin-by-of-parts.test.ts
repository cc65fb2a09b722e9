// The beginBy of parts, and deadlines without a job (Q2).
import { parallel, serial } from '@drover/composite';
import { defineTask } from '@drover/core';
import { claimOverdue } from '../../../../test/kit/store.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';

const context = testContext('begin-by-of-parts');
const dispatchers = dispatchersIn(context);
const now = defineTask('begin-by.now', () => Date.now());

describe('parts', () => {
  it('Q2 C2 an overdue part is a failure for its composite, which goes on', async () => {
    const { open, opened } = gate();
    const holder = defineTask('begin-by.holder', () => opened).job();
    const part = now.job().with({ beginBy: 50 });
    const composite = await context.queue('part').put(parallel([holder, part]));
    await dispatchers.start('part', { size: 1 });
    await eventually(async () => (await part.refresh()).status === 'completed');
    expect(part.result).toMatchObject({ name: 'TimeoutError' });
    open();
    expect(await composite.wait()).toMatchObject([undefined, { name: 'TimeoutError' }]);
  });

  it("Q2 the beginBy of a serial's part counts from its turn", async () => {
    const { open, opened } = gate();
    const first = defineTask('begin-by.first', () => opened).job();
    const second = now.job().with({ beginBy: 2_000 });
    const third = now.job().with({ beginBy: 2_000 });
    const composite = await context
      .queue('serial')
      .put(serial([first, second], { postprocess: third }));
    await dispatchers.start('serial');
    await eventually(async () => (await first.refresh()).status === 'active');
    // As if the first part had begun long ago.
    for (const { id } of [second, third]) {
      await context.redis.hset(`${context.prefix}:serial:${id}`, 'timestamp', Date.now() - 60_000);
      await context.redis.zadd(`${context.prefix}:serial:begin-by`, 1, `main/${id}`);
    }
    await context.redis.zadd(`${context.prefix}:serial/system:marker`, 0, '0');
    await eventually(
      async () =>
        Number(
          await context.redis.zscore(`${context.prefix}:serial:begin-by`, `main/${second.id}`),
        ) > 1,
    );
    open();
    expect(await composite.wait()).toEqual(expect.any(Number));
    expect(await second.wait()).toEqual(expect.any(Number));
  });
});

it('the deadline of a job that has ended is dropped when it passes', async () => {
  const queue = context.queue('dropped');
  const ended = await queue.put(now.job(), { beginBy: 60_000 });
  await dispatchers.start('dropped');
  await ended.wait();
  const deadlines = `${context.prefix}:dropped:begin-by`;
  expect(await context.redis.zcard(deadlines)).toBe(1);
  await context.redis.zadd(deadlines, 1, `main/${ended.id}`);
  await context.redis.zadd(`${context.prefix}:dropped/system:marker`, 0, '0');
  await eventually(async () => (await context.redis.zcard(deadlines)) === 0);
});

describe('a deadline of a job that is not there', () => {
  const look = (queue: string, time: number) =>
    claimOverdue(context.redis, context.prefix, queue, {
      token: 'a-token',
      owner: newUuid(),
      now: time,
    });

  it('Q2 holds when the put takes longer than beginBy', async () => {
    const job = now.job();
    const deadlines = `${context.prefix}:slow-put:begin-by`;
    await context.redis.zadd(deadlines, 1, `main/${job.id}`);
    const time = Date.now() + 60_000;
    expect(await look('slow-put', time)).toEqual({ lookAgainAt: time + 1_000 });
    await context.queue('slow-put').put(job, { beginBy: 1 });
    // As if the put had written the deadline before that look.
    await context.redis.zrem(deadlines, `main/${job.id}`);
    expect(await look('slow-put', time + 1_000)).toMatchObject({ job: { id: job.id } });
  });

  it('is dropped after three more looks', async () => {
    await context.redis.zadd(`${context.prefix}:no-put:begin-by`, 1, 'main/some-id');
    const looks = [];
    for (const time of [2, 1_002, 11_002, 71_002]) looks.push(await look('no-put', time));
    expect(looks).toEqual([1_002, 11_002, 71_002, 0].map((lookAgainAt) => ({ lookAgainAt })));
  });
});
