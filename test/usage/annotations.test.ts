// Usage, "local": messages to and from a job while it runs.
import { defineTask, local, type Job } from '@drover/core';
import { waitForAnnotation } from '@drover/core/testing';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-annotations');
const queue = context.queue('talks');
beforeAll(async () => void (await dispatchersIn(context).start('talks')));

// A job may write things down on itself, for whoever looks, and wait for what others write down on
// it. Both are seen at once, while the task goes on.
it('a job sets an annotation, and waits for an annotation from outside', async () => {
  const annotateStatus = defineTask('annotations.annotateStatus', async () => {
    await local.setLiveAnnotation('status', local.getJob().status);
    const flag = await local.getLiveAnnotation('flag', { timeout: 20_000 });
    return `42, and ${String(flag)}`;
  });
  const job = await queue.put(annotateStatus.job());
  await waitForAnnotation(job, 'status');
  await job.refresh();
  expect(job.annotations).toEqual({ status: 'active' });
  expect(job.status).toBe('active');

  await job.annotate('flag', 'a flag');
  expect(await job.wait()).toBe('42, and a flag');
});

// It need not be there: then the answer is the default, at once or when the time is up.
it('an annotation that is not set has the default', async () => {
  const asks = defineTask('annotations.asks', async () => [
    await local.getLiveAnnotation('nothing'),
    await local.getLiveAnnotation('nothing', { default: 7 }),
    await local.getLiveAnnotation('nothing', { default: 8, timeout: 10 }),
  ]);
  expect(await (await queue.put(asks.job())).wait()).toEqual([undefined, 7, 8]);
});

// Two jobs can talk to each other: one has the other among its arguments, reads what that has
// written, and answers.
it('a job reads an annotation of another job, and answers', async () => {
  const speak = defineTask('annotations.speak', async () => {
    await local.setLiveAnnotation('word', 'ping');
    return await local.getLiveAnnotation('answer', { timeout: 20_000 });
  });
  const listen = defineTask('annotations.listen', async (other: Job) => {
    const word = await local.getLiveAnnotation('word', { job: other, timeout: 20_000 });
    await other.annotate('answer', `${String(word)}, pong`);
  });
  const speaker = await queue.put(speak.job());
  await queue.put(listen.job(speaker));
  expect(await speaker.wait()).toBe('ping, pong');
});
