// Snapshots of a queue's keys around each transition of a job. An upgrade of BullMQ shows as a diff
// of them.
import { defineTask, Failure, type Job } from '@drover/core';
import { newStoredJob, RedisRecovery } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { snapshotKeys, type KeySnapshot } from '../../../../test/kit/key-snapshot.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('key-transitions');
const work = defineTask('transitions.work', (value: unknown) => value);

async function put(name: string): Promise<{
  job: Job;
  dispatcher: PlayedDispatcher;
  keys: (names?: Record<string, string>) => Promise<KeySnapshot>;
}> {
  const job = await context.queue(name).put(work.job('argument'));
  const dispatcher = playDispatcher(context, name);
  const keys = async (names = {}) =>
    await snapshotKeys(context.redis, `${context.prefix}:${name}`, {
      names: { ...names, [job.id]: 'job', [dispatcher.uuid]: 'dispatcher' },
    });
  return { job, dispatcher, keys };
}

it('put', async () => {
  const { keys } = await put('put');
  expect(await keys()).toMatchSnapshot();
});

it('put for later', async () => {
  const job = await context
    .queue('put-for-later')
    .put(work.job(1).with({ beginAfter: new Date(Date.now() + 60_000) }));
  expect(
    await snapshotKeys(context.redis, `${context.prefix}:put-for-later`, {
      names: { [job.id]: 'job' },
      without: ['delay', 'opts'],
    }),
  ).toMatchSnapshot();
});

it('claim', async () => {
  const { dispatcher, keys } = await put('claim');
  await dispatcher.claimNow();
  expect(await keys()).toMatchSnapshot();
});

it('complete', async () => {
  const { dispatcher, keys } = await put('complete');
  await dispatcher.complete(await dispatcher.claimNow(), { value: 1 });
  expect(await keys()).toMatchSnapshot();
});

it('fail', async () => {
  const { dispatcher, keys } = await put('fail');
  const failure = Failure.fromJSON({
    name: 'RangeError',
    message: 'too far',
    stack: 'RangeError: too far',
  });
  await dispatcher.store.fail(await dispatcher.claimNow(), failure, dispatcher.owner);
  expect(await keys()).toMatchSnapshot();
});

it('retry at once, to the head', async () => {
  const { dispatcher, keys } = await put('retry');
  const other = await context.queue('retry').put(work.job('other'));
  const { id, token } = await dispatcher.claimNow();
  await dispatcher.store.retry({ id, token }, 0, { policyData: { runs: 1 } });
  expect(await keys({ [other.id]: 'other' })).toMatchSnapshot();
});

it('retry later', async () => {
  const { dispatcher, keys } = await put('retry-later');
  const { id, token } = await dispatcher.claimNow();
  await dispatcher.store.retry({ id, token }, 60_000, { policyData: { runs: 1 } });
  expect(await keys()).toMatchSnapshot();
});

it('put back, to the head', async () => {
  const { dispatcher, keys } = await put('put-back');
  const other = await context.queue('put-back').put(work.job('other'));
  const { id, token } = await dispatcher.claimNow();
  await dispatcher.store.putBack({ id, token });
  expect(await keys({ [other.id]: 'other' })).toMatchSnapshot();
});

it('wait for another job', async () => {
  const { dispatcher, keys } = await put('wait');
  const claim = await dispatcher.claimNow();
  const part = work.job('part');
  await dispatcher.store.schedule(
    claim,
    { jobs: [newStoredJob(part)], inOrder: false, then: undefined },
    Date.now(),
  );
  await dispatcher.store.suspend(claim, dispatcher.owner);
  expect(await keys({ [part.id]: 'part' })).toMatchSnapshot();
  await dispatcher.complete(await dispatcher.claimNow(), 'done');
  expect(await keys({ [part.id]: 'part' })).toMatchSnapshot('woken');
});

it('interrupt', async () => {
  const { dispatcher, keys } = await put('interrupt');
  const claim = { ...(await dispatcher.claimNow()), queue: 'interrupt' };
  const recovery = new RedisRecovery(context.redis, context.prefix, dispatcher.uuid);
  expect(await recovery.interrupt(claim)).toBe(`${claim.id}.interrupt.1`);
  expect(await keys()).toMatchSnapshot();
  expect(await recovery.interrupt(claim)).toBeUndefined();
});

it('remove', async () => {
  const { job, keys } = await put('remove');
  await context.queue('remove').remove(job);
  expect(await keys()).toMatchSnapshot();
});
