// The helpers of @drover/core/testing: they wait for events, and say which did not come.
import { EventEmitter } from 'node:events';
import { BadStatusError, defineTask, JobStatus, TimeoutError } from '@drover/core';
import {
  tearDownDispatcher,
  waitForDeactivation,
  waitForDeath,
  waitForResult,
  waitForStart,
  waitForStatus,
  type StoppableDispatcher,
} from '@drover/core/testing';
import { testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('testing-helpers');
const work = defineTask('helpers.work', (value: unknown) => value);

it('waitForStart waits for the claim and refreshes the handle', async () => {
  const job = await context.queue('start').put(work.job(1));
  const started = waitForStart(job);
  const dispatcher = playDispatcher(context, 'start');
  await dispatcher.claimNow();
  expect(await started).toBe(job);
  expect(job).toMatchObject({ status: 'active', dispatcher: dispatcher.uuid });
});

it('waitForStart returns at once for a job that has ended', async () => {
  const job = await context.queue('ended').put(work.job(1));
  const dispatcher = playDispatcher(context, 'ended');
  await dispatcher.complete(await dispatcher.claimNow(), 1);
  expect((await waitForStart(job)).status).toBe('completed');
});

it('waitForResult returns the value or throws the failure', async () => {
  const [good, bad] = await context.queue('result').putAll([work.job(1), work.job(2)]);
  const dispatcher = playDispatcher(context, 'result');
  await dispatcher.complete(await dispatcher.claimNow(), 'value');
  await dispatcher.fail(await dispatcher.claimNow(), new RangeError('no'));
  expect(await waitForResult(good as NonNullable<typeof good>)).toBe('value');
  await expect(waitForResult(bad as NonNullable<typeof bad>)).rejects.toMatchObject({
    name: 'RangeError',
  });
});

it('waitForStatus waits for one of several statuses, and throws when none comes', async () => {
  const job = await context.queue('status').put(work.job(1));
  expect(await waitForStatus(job, [JobStatus.PENDING, JobStatus.COMPLETED])).toBe(job);
  await expect(waitForStatus(job, JobStatus.COMPLETED, { timeout: 50 })).rejects.toThrow(
    TimeoutError,
  );
  await expect(waitForStatus(work.job(2), JobStatus.PENDING)).rejects.toThrow(BadStatusError);
});

class FakeDispatcher extends EventEmitter implements StoppableDispatcher {
  readonly uuid = 'a-uuid';
  status = 'active';
  constructor(
    private readonly stop: (options?: { grace?: number }) => Promise<void> = async () => {},
  ) {
    super();
  }
  activeJobs() {
    return [work.job(1)];
  }
  async deactivate(options?: { grace?: number }): Promise<void> {
    await this.stop(options);
  }
}

it('waitForDeactivation waits for the event, or returns when it has passed', async () => {
  const dispatcher = new FakeDispatcher();
  const waiting = waitForDeactivation(dispatcher);
  dispatcher.emit('deactivated', {});
  await waiting;
  dispatcher.status = 'deactivated';
  await waitForDeactivation(dispatcher);
  await expect(waitForDeactivation(new FakeDispatcher(), { timeout: 20 })).rejects.toThrow(
    "no 'deactivated' after 20 ms",
  );
});

it('waitForDeath waits for the death of the given dispatcher only', async () => {
  const sibling = new FakeDispatcher();
  const waiting = waitForDeath('dead', sibling);
  sibling.emit('died', { uuid: 'another' });
  setImmediate(() => sibling.emit('died', { uuid: 'dead' }));
  await waiting;
  await expect(waitForDeath('alive', sibling, { timeout: 20 })).rejects.toThrow(TimeoutError);
});

it('B2 an invalid timeout is refused, and one too long for a timer is no timeout', async () => {
  const dispatcher = new FakeDispatcher();
  for (const timeout of [Infinity, 1e12]) {
    const waiting = waitForDeactivation(dispatcher, { timeout });
    setImmediate(() => dispatcher.emit('deactivated', {}));
    await waiting;
  }
  await expect(waitForDeath('a-uuid', dispatcher, { timeout: -1 })).rejects.toThrow(
    /timeout must be a number of ms/,
  );
  await expect(tearDownDispatcher(dispatcher, { timeout: '5' as never })).rejects.toThrow(
    /timeout must be/,
  );
});

it('tearDownDispatcher gives jobs time to stop, and names those that did not', async () => {
  let grace: number | undefined;
  await tearDownDispatcher(new FakeDispatcher(async (options) => void (grace = options?.grace)), {
    timeout: 500,
  });
  expect(grace).toBe(500);
  const stubborn = new FakeDispatcher(
    async (options) =>
      await new Promise((resolve) => setTimeout(resolve, Number(options?.grace) + 10)),
  );
  await expect(tearDownDispatcher(stubborn, { timeout: 30 })).rejects.toThrow(
    /a-uuid: still running after 30 ms: job .* \(helpers\.work\)/,
  );
});
