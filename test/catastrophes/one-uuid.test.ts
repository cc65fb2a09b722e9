// Two processes with one UUID: one works, and the other one waits.
// The tests run side by side, each with a queue and UUIDs of its own.
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { echo, pauseOnce } from '../kit/tasks.js';
import { PATIENCE, QUICK, SLOW, worker } from './worker-processes.js';

it.concurrent('D6 SIGTERM while a dispatcher waits to become active ends the process', async () => {
  const context = testContext('one-uuid');
  const uuid = newUuid();
  const first = worker(context, 'waits', uuid, SLOW);
  await first.event('activated');
  const second = worker(context, 'waits', uuid, SLOW);
  await second.logged('already activated');
  second.program.kill('SIGTERM');
  expect(await second.program.exited).toMatchObject({ signal: 'SIGTERM' });
  await first.end('SIGTERM');
});

it.concurrent('D1 of two processes with one UUID the second waits, and says why', async () => {
  const context = testContext('one-uuid');
  const queue = context.queue('twice');
  const uuid = newUuid();
  const first = worker(context, 'twice', uuid, SLOW);
  await first.event('activated');
  const second = worker(context, 'twice', uuid, SLOW);
  await second.logged('already activated: another process?');
  expect(await waitForResult(await queue.put(echo.job(1)))).toBe(1);
  expect(second.events('started')).toHaveLength(0);
  await first.end('SIGTERM');
  await second.event('activated');
  expect(await waitForResult(await queue.put(echo.job(2)))).toBe(2);
  await second.event('completed');
  await second.end('SIGTERM');
});

it.concurrent('D1 the second process takes over when the first is killed', async () => {
  const context = testContext('one-uuid');
  const queue = context.queue('twice-killed');
  const uuid = newUuid();
  const job = await queue.put(pauseOnce.job(3));
  const first = worker(context, 'twice-killed', uuid, QUICK);
  await first.event('started');
  const second = worker(context, 'twice-killed', uuid, QUICK);
  await second.logged('already activated: another process?');
  await first.end('SIGKILL');
  expect(await waitForResult(job, PATIENCE)).toBe(3);
  await second.end('SIGTERM');
});
