// After a wait the handle of a job shows what a read would show, whether the wait ended by an event
// or read the job.
import type { Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { encode } from '../../../../test/kit/store.js';
import { end, hearAll, openQueue, work } from './plain-ends.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('wait-shows-as-read');
const { redis, prefix } = context;
const keyOf = ({ id }: Job, queue: string): string => `${prefix}:${queue}:${id}`;

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
    const queue = openQueue(context, name);
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
