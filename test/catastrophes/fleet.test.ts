// Dispatchers of other processes, seen from this one while they compute and when they die (D10).
import { Dispatchers } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { compute, neverEnds } from '../kit/tasks.js';
import { eventually } from '../kit/wait.js';
import { QUICK, worker } from './worker-processes.js';

it('D10 the main loop of a process that computes is seen as blocked', async () => {
  const context = testContext('fleet-blocked');
  const { prefix, redisUrl: connection } = context;
  await using fleet = new Dispatchers({ connection, prefix });
  const uuid = newUuid();
  const busy = worker(context, 'blocked', uuid, QUICK);
  await busy.event('activated');
  expect(await fleet.get(uuid)).toMatchObject({ pid: busy.program.pid, blockedFor: 0 });
  const job = await context.queue('blocked').put(compute.job(4_000));
  const seen = await eventually(async () => {
    const info = await fleet.get(uuid);
    return info && info.blockedFor > 1_000 && info;
  });
  expect(seen).toMatchObject({ status: 'active', agents: [{ name: 'main', size: 2 }] });
  expect(await waitForResult(job, { timeout: 20_000 })).toBe(4_000);
  await eventually(async () => (await fleet.get(uuid))?.blockedFor === 0);
  await busy.end('SIGTERM');
  expect(await fleet.get(uuid)).toMatchObject({ status: 'deactivated', agents: [{ running: 0 }] });
});

it('D10 a killed dispatcher is dead, and cannot be forgotten before its cleanup', async () => {
  const context = testContext('fleet-dead');
  const { prefix, redisUrl: connection } = context;
  await using fleet = new Dispatchers({ connection, prefix });
  const [uuid, sibling] = [newUuid(), newUuid()];
  const killed = worker(context, 'dead', uuid, QUICK);
  await context.queue('dead').put(neverEnds.job());
  await killed.event('started');
  await eventually(async () => (await fleet.get(uuid))?.agents[0]?.running === 1);
  await killed.end('SIGKILL');
  const dead = await eventually(async () => {
    const info = await fleet.get(uuid);
    return info?.status === 'dead' && info;
  });
  expect(dead).toMatchObject({ agents: [{ running: 1 }], pid: killed.program.pid });
  await expect(fleet.forget(uuid)).rejects.toThrow(`dispatcher ${uuid} is active`);
  const cleaner = worker(context, 'dead', sibling, QUICK);
  await cleaner.event('died');
  await eventually(async () => (await fleet.get(uuid))?.status === 'deactivated');
  await fleet.forget(uuid);
  expect((await fleet.list()).map((one) => one.uuid)).toEqual([sibling]);
  await cleaner.end('SIGTERM');
});
