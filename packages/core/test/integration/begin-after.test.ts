// Jobs that begin later: pending from their put on, and claimed when they are due (Q2).
import { defineTask } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('begin-after');
const work = defineTask('begin-after.work', (value: unknown) => value);

it.each<[string, (ms: number) => Date | number]>([
  ['a Date', (ms) => new Date(Date.now() + ms)],
  ['milliseconds', (ms) => ms],
])('Q2 a job with beginAfter as %s is not claimed early', async (how, toBeginAfter) => {
  const name = `not-before-${how.replace(' ', '-')}`;
  const queue = context.queue(name);
  const earliest = Date.now() + 300;
  const job = await queue.put(work.job(1), { beginAfter: toBeginAfter(300) });
  expect(job.status).toBe('pending');
  expect((await job.refresh()).status).toBe('pending');
  expect(await queue.length()).toBe(1);

  const dispatcher = playDispatcher(context, name);
  // The claims go on until the job is due, however long this process took so far.
  const claimed = await eventually(() => dispatcher.claim());
  expect(claimed.id).toBe(job.id);
  expect(Date.now()).toBeGreaterThanOrEqual(earliest);
});

it('Q2 a claim that finds no due job says when the next one is due', async () => {
  const beginAfter = new Date(Date.now() + 60_000);
  await context.queue('when').putAll([work.job(1), work.job(2)], { beginAfter });
  await context.queue('when').put(work.job(3), { beginAfter: 90_000 });
  const { job, delayUntil } = await playDispatcher(context, 'when').store.claim('a:1:1');
  expect(job).toBeUndefined();
  expect(delayUntil).toBe(beginAfter.getTime());
});

it('Q2 a job with a beginAfter in the past is due at once', async () => {
  const [late, due] = await context
    .queue('past')
    .putAll([work.job(1).with({ beginAfter: new Date(0) }), work.job(2)]);
  const dispatcher = playDispatcher(context, 'past');
  expect([(await dispatcher.claim())?.id, (await dispatcher.claim())?.id]).toEqual([
    late?.id,
    due?.id,
  ]);
});

it('Q2 jobs due together keep their order, and a due job precedes a later one', async () => {
  const queue = context.queue('order');
  const beginAfter = new Date(Date.now() + 200);
  const later = await queue.putAll([work.job(0), work.job(1), work.job(2)], { beginAfter });
  const now = await queue.put(work.job('now'));
  expect((await queue.jobs()).map(({ id }) => id)).toEqual([now, ...later].map(({ id }) => id));

  const dispatcher = playDispatcher(context, 'order');
  const claimed = [(await dispatcher.claimNow()).id];
  while (claimed.length < 4) claimed.push((await eventually(() => dispatcher.claim())).id);
  expect(claimed).toEqual([now, ...later].map(({ id }) => id));
});
