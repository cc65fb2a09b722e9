// One UUID in two threads of a process, or in two copies of the package: one of them is active, as
// with two processes (D1, D4, D5).
import { AlreadyActivatedError } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { type ProcessIdentity } from '@drover/core/internal';
import { DispatcherStore } from '../../../../test/kit/store.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { echo, pauseOnce } from '../../../../test/kit/tasks.js';
import { startWorkerThread, type WorkerThread } from '../../../../test/kit/worker-thread.js';
import { processIdentity } from '../../src/dispatcher/identity.js';
import { dispatchersIn, readableLogger } from './dispatchers.js';

const context = testContext('one-uuid');
const dispatchers = dispatchersIn(context);
const onLinux = process.platform === 'linux' ? it : it.skip;

/** With this deathInterval a test would not outlast a wait for a death. */
const SLOW = { pingInterval: 200, deathInterval: 600_000 };

const thread = (queue: string, uuid: string): WorkerThread =>
  startWorkerThread({ prefix: context.prefix, uuid, queues: { [queue]: { main: {} } }, ...SLOW });

it('D1 the second of two threads names the active one, and follows it', async () => {
  const [queue, uuid] = [context.queue('two'), newUuid()];
  const first = thread('two', uuid);
  await first.event('activated');
  const second = thread('two', uuid);
  const said = await second.logged('already activated: another process?');
  expect(said['other']).toMatchObject({
    pid: process.pid,
    thread: first.threadId,
    age: expect.any(Number) as number,
  });
  expect(said['msg']).toContain(`pid ${process.pid}, thread ${first.threadId}, last ping`);
  expect(await waitForResult(await queue.put(echo.job(1)))).toBe(1);
  expect([first.events('deposed'), second.events('started')]).toEqual([[], []]);
  await first.deactivate();
  await second.event('activated');
  expect(await waitForResult(await queue.put(echo.job(2)))).toBe(2);
});

it('D1 the main thread is refused while another thread is active', async () => {
  const uuid = newUuid();
  const first = thread('main-thread', uuid);
  await first.event('activated');
  const activating = dispatchers.make('main-thread', { uuid }).activate({ wait: false });
  await expect(activating).rejects.toThrow(AlreadyActivatedError);
  await expect(activating).rejects.toThrow(
    /already activated: this process \(in another thread, or by another copy/,
  );
  expect(first.events('deposed')).toEqual([]);
});

onLinux('D4 a thread that starts after the first was terminated takes over at once', async () => {
  const [queue, uuid] = [context.queue('anew'), newUuid()];
  const first = thread('anew', uuid);
  const job = await queue.put(pauseOnce.job(7));
  await first.event('started');
  await first.terminate();
  const second = thread('anew', uuid);
  await second.logged(
    `taking over from thread ${first.threadId} of this process, which is certainly gone`,
  );
  expect(await waitForResult(job)).toBe(7);
  expect((await job.refresh()).interruptions).toBe(1);
});

onLinux('D1, D4 a waiting thread takes over at once when the first is terminated', async () => {
  const [queue, uuid] = [context.queue('waits'), newUuid()];
  const first = thread('waits', uuid);
  const job = await queue.put(pauseOnce.job(8));
  await first.event('started');
  const second = thread('waits', uuid);
  await second.logged('already activated');
  await first.terminate();
  expect(await waitForResult(job)).toBe(8);
});

const records = new DispatcherStore(context.redis, context.prefix);

it.each<[string, Partial<ProcessIdentity>]>([
  ['another copy of the package in the same thread', { moduleIdentity: 'another' }],
  [
    'a copy of an earlier version, which does not tell its thread',
    { thread: 0, threadIdentity: '', moduleIdentity: '' },
  ],
])('D1, D5 %s is not deposed', async (_what, other) => {
  const uuid = newUuid();
  await records.activate(uuid, { ...processIdentity(), ...other }, 600_000, ['copies'], undefined);
  const { logger, lines } = readableLogger();
  const second = dispatchers.make('copies', { uuid, logger });
  await expect(second.activate({ wait: false })).rejects.toThrow(AlreadyActivatedError);
  expect(lines.map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/^already activated: another process\?/),
  ]);
  expect(await records.read(uuid)).toEqual({ status: 'active', epoch: 1 });
});
