// A wait for a plain job ends by the event of its end, without a read; a wait for any other job
// reads it. In either case the handle shows what a read would show.
import { defineTask, Queue, type Job } from '@drover/core';
import { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { encode } from '../../../../test/kit/store.js';
import { eventually } from '../../../../test/kit/wait.js';
import { namedQueue } from './named-queue.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('wait-by-event');
const { redis, prefix } = context;
const work = defineTask('wait-by-event.work', (value: unknown) => value);
const keyOf = ({ id }: Job, queue: string): string => `${prefix}:${queue}:${id}`;

function open(name: string): Queue {
  const queue = new Queue(name, { connection: context.redisUrl, prefix });
  cleanUpLater(() => queue.close());
  return queue;
}

/** Ends a claimed job with a value, in the way of a dispatcher: plain jobs end plainly. */
async function end(dispatcher: PlayedDispatcher, value: unknown): Promise<void> {
  const { id, token } = await dispatcher.claimNow();
  const ended = [{ id, token, value: encode(value, 'result') }];
  const { ends } = await dispatcher.store.hand({ ended, back: [], tokens: [] });
  // Jobs that need more than a plain end.
  if (ends[0] !== 'stored')
    await dispatcher.store.complete({ id, token }, encode(value, 'result'), dispatcher.owner);
}

/** Waits for a job that ends now: all events up to its end have come to this process. */
async function hearAll(queue: Queue, dispatcher: PlayedDispatcher): Promise<void> {
  const job = await queue.put(work.job('heard'));
  const waiting = job.wait();
  await end(dispatcher, 'heard');
  await waiting;
}

/** The number of script calls that the queue's own connections send about one job meanwhile. */
async function callsAbout(job: () => Job, action: () => Promise<unknown>): Promise<number> {
  const { sendCommand } = Redis.prototype;
  const sent: unknown[][] = [];
  Redis.prototype.sendCommand = function (...args: Parameters<typeof sendCommand>) {
    if (this !== redis && /^evalsha$/i.test(args[0].name)) sent.push(args[0].args);
    return sendCommand.apply(this, args);
  };
  try {
    await action();
    // The regular look for waits whose jobs are gone names the keys of jobs, not their ids.
    return sent.filter((args) => args.includes(job().id)).length;
  } finally {
    Redis.prototype.sendCommand = sendCommand;
  }
}

it.each(['before its end', 'after its end'])(
  'a wait %s for a plain job that this queue has put makes no call',
  async (when) => {
    const name = `calls-${when.replace(/ /g, '-')}`;
    const queue = open(name);
    const dispatcher = playDispatcher(context, name);
    await hearAll(queue, dispatcher);
    const job = work.job(1);
    const calls = await callsAbout(
      () => job,
      async () => {
        await queue.put(job);
        const early = when === 'before its end' ? job.wait() : undefined;
        await end(dispatcher, 'value');
        await hearAll(queue, dispatcher);
        expect(await (early ?? job.wait())).toBe('value');
      },
    );
    // Its put.
    expect(calls).toBe(1);
    expect(job).toMatchObject({
      status: 'completed',
      result: 'value',
      dispatcher: dispatcher.uuid,
    });
  },
);

it('a wait for a job that another queue has put reads it once', async () => {
  const dispatcher = playDispatcher(context, 'foreign');
  const queue = open('foreign');
  await hearAll(queue, dispatcher);
  const { id } = await context.queue('foreign').put(work.job(1));
  const job = (await queue.get(id)) as Job;
  const calls = await callsAbout(
    () => job,
    async () => {
      const waiting = job.wait();
      // Answered after the read of the wait.
      await job.refresh();
      await end(dispatcher, 7);
      expect(await waiting).toBe(7);
    },
  );
  expect(calls).toBe(2);
});

/** The lives of jobs, up to their ends. */
const lives: Record<string, (job: Job, played: PlayedDispatcher, name: string) => Promise<void>> = {
  'a value': (_, played) => end(played, { answer: 42 }),
  undefined: (_, played) => end(played, undefined),
  'a value of many kinds': (job, played) =>
    end(
      played,
      new Map<string, unknown>([
        ['at', new Date(1)],
        ['job', job],
      ]),
    ),
  'a long value': (_, played) => end(played, 'x'.repeat(5_000)),
  'a failure with fields': async (_, played) => {
    const error = Object.assign(new RangeError('too far'), { code: 'E_FAR', by: 7 });
    await played.fail(await played.claimNow(), error);
  },
  'a value, after it was put back': async (_, played) => {
    await played.store.putBack(await played.claimNow());
    await end(played, 1);
  },
  'a value, after a retry': async (_, played) => {
    await played.store.retry(await played.claimNow(), 0, { policyData: { tries: 1 } });
    await end(played, 1);
  },
  'a value, after an interrupt': async (job, played, name) => {
    await redis.hincrby(keyOf(job, name), 'interruptions', 1);
    await end(played, 1);
  },
  'a value, with an annotation': async (job, played) => {
    await played.store.annotate(await claimAndPutBack(played), 'step', '3').catch(() => {});
    await job.annotate('progress', 50);
    await end(played, 1);
  },
  'a value, with other arguments': async (job, played, name) => {
    const other = (await context.queue(name).get(job.id)) as Job;
    await other.update({ args: ['changed'] });
    await end(played, 1);
  },
  'a value, with a callback': async (job, played, name) => {
    await (await context.queue(name).get(job.id))?.addCallback(work.job());
    await end(played, 'first');
    await end(played, 'of the callback');
    // The last callback wakes its job.
    await end(played, 'first');
  },
};

async function claimAndPutBack(played: PlayedDispatcher) {
  const claim = await played.claimNow();
  await played.store.putBack(claim);
  return claim;
}

/** The facts that a handle shows of its job. */
const shown = (job: Job): unknown => {
  const { status, result, dispatcher, interruptions, annotations, args, options, task } = job;
  const text = result instanceof Error ? { ...result, message: result.message } : result;
  return encode(
    { status, text, dispatcher, interruptions, annotations, args: [...args], options, task },
    'shown',
  );
};

describe.each(['before its end', 'after its end'])('a wait that begins %s', (when) => {
  it.each(Object.entries(lives))('J3 leaves the handle as a read would: %s', async (what, live) => {
    const name = `${when} ${what}`.replace(/\W+/g, '-');
    const queue = open(name);
    const dispatcher = playDispatcher(context, name);
    await hearAll(queue, dispatcher);
    const put = await queue.put(work.job('given'));
    // The handle of a put keeps the arguments that it was made with.
    const job = what.endsWith('arguments') ? ((await queue.get(put.id)) as Job) : put;
    const early = when === 'before its end' ? job.wait().catch(() => {}) : undefined;
    await live(job, dispatcher, name);
    await hearAll(queue, dispatcher);
    await (early ?? job.wait().catch(() => {}));
    const read = (await context.queue(name).get(job.id)) as Job;
    expect(job.status).toBe('completed');
    expect(shown(job)).toBe(shown(read));
  });
});

it('O3 a wait after a retry ends with the new end', async () => {
  const queue = open('retried');
  const dispatcher = playDispatcher(context, 'retried');
  await hearAll(queue, dispatcher);
  const job = await queue.put(work.job(1));
  const waiting = expect(job.wait()).rejects.toThrow('at first');
  await dispatcher.fail(await dispatcher.claimNow(), new Error('at first'));
  await waiting;
  await job.retry();
  const again = job.wait();
  await end(dispatcher, 'at last');
  expect(await again).toBe('at last');
});

/** Completes a job without any event. */
const COMPLETE = `
  redis.call('LREM', KEYS[1] .. 'wait', 1, ARGV[1])
  redis.call('HSET', KEYS[1] .. ARGV[1], 'finishedOn', 1, 'returnvalue', 7)
  redis.call('ZADD', KEYS[1] .. 'completed', 1, ARGV[1])`;

it('J12 a wait reads the job where its event may have been lost before the wait', async () => {
  const { queue, connections, cut } = namedQueue(context, 'gap');
  await hearAll(queue, playDispatcher(context, 'gap'));
  const job = await queue.put(work.job(1));
  const before = await eventually(async () =>
    (await connections()).find(({ command }) => command === 'xread'),
  );
  await cut([before]);
  await redis.eval(COMPLETE, 1, `${prefix}:gap:`, job.id);
  await eventually(async () => {
    const reads = (await connections()).filter(({ command }) => command === 'xread');
    return reads.length === 1 && reads[0]?.id !== before.id;
  });
  const calls = await callsAbout(
    () => job,
    async () => expect(await job.wait()).toBe(7),
  );
  expect(calls).toBe(1);
  await queue.close();
});

it('J12 a wait ends although nothing tells of the end of its job', async () => {
  const queue = open('untold');
  await hearAll(queue, playDispatcher(context, 'untold'));
  const job = await queue.put(work.job(1));
  await redis.eval(COMPLETE, 1, `${prefix}:untold:`, job.id);
  expect(await job.wait()).toBe(7);
});

it('J12 a wait for a shared job that another holder had put reads it', async () => {
  const [queue, other] = [open('shared'), open('shared')];
  const dispatcher = playDispatcher(context, 'shared');
  await hearAll(queue, dispatcher);
  const mine = work.job('shared');
  const { id } = await queue.put(work.job(mine), { beginAfter: 600_000 });
  const theirs = (await other.get(id))?.args[0] as Job;
  await other.put(theirs);
  await end(dispatcher, 'done');
  await queue.put(mine);
  const calls = await callsAbout(
    () => mine,
    async () => expect(await mine.wait()).toBe('done'),
  );
  expect(calls).toBe(1);
});

it('Q3, J12 a wait for a job that was removed before the wait ends with an error', async () => {
  const queue = open('removed');
  const dispatcher = playDispatcher(context, 'removed');
  await hearAll(queue, dispatcher);
  const job = await queue.put(work.job(1));
  await (
    await context
      .queue('removed')
      .get(job.id)
      .then((found) => found as Job)
  )
    .refresh()
    .then((found) => context.queue('removed').remove(found));
  await hearAll(queue, dispatcher);
  await expect(job.wait()).rejects.toThrow(`job ${job.id} was removed`);
});
