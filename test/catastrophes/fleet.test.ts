// Dispatchers of other processes, seen and changed from this one while they compute, when they are
// paused, and when they die (D9, D10).
import { BadStatusError, Dispatchers, TimeoutError } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { DispatcherKeys } from '../kit/store.js';
import { compute, neverEnds, normal, pauseOnce } from '../kit/tasks.js';
import { eventually } from '../kit/wait.js';
import { PATIENCE, QUICK, SLOW, worker } from './worker-processes.js';

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

it('D9, I1 jobs of a queue that was added are recovered after a kill', async () => {
  const context = testContext('fleet-added');
  const { prefix, redisUrl: connection } = context;
  await using fleet = new Dispatchers({ connection, prefix });
  const [uuid, sibling] = [newUuid(), newUuid()];
  const intervals = { pingInterval: 200, deathInterval: 3_000 };
  const [killed, cleaner] = [uuid, sibling].map((one) => worker(context, 'own', one, intervals));
  if (!killed || !cleaner) throw new Error('two workers were started');
  await Promise.all([killed.event('activated'), cleaner.event('activated')]);
  await fleet.setAgent(uuid, 'added', 'main', { lanes: ['side'] });
  const job = await context.queue('added').put(pauseOnce.job(7), { lane: 'side' });
  await killed.event('started', pauseOnce.name);

  killed.program.kill('SIGSTOP');
  const late = fleet.setAgent(uuid, 'added', 'main', { size: 2, timeout: 60_000 });
  const refused = expect(late).rejects.toThrow(BadStatusError);
  const wishes = new DispatcherKeys(prefix).wishes(uuid);
  await eventually(async () => (await context.redis.llen(wishes)) === 1);
  await killed.end('SIGKILL');
  await cleaner.event('died');
  await refused;
  await fleet.setAgent(sibling, 'added', 'main', { lanes: ['side'] });
  expect(await waitForResult(job, PATIENCE)).toBe(7);
  expect((await job.refresh()).interruptions).toBe(1);
  await cleaner.end('SIGTERM');
});

it('D9 a paused process takes a change over when it goes on, and drain ends it', async () => {
  const context = testContext('fleet-paused');
  const { prefix, redisUrl: connection } = context;
  await using fleet = new Dispatchers({ connection, prefix });
  const uuid = newUuid();
  const paused = worker(context, 'paused', uuid, SLOW);
  await paused.event('activated');
  paused.program.kill('SIGSTOP');
  const change = { size: 0, timeout: 50 };
  await expect(fleet.setAgent(uuid, 'paused', 'main', change)).rejects.toThrow(TimeoutError);
  paused.program.kill('SIGCONT');
  await eventually(async () => (await fleet.get(uuid))?.agents[0]?.size === 0);
  const job = await context.queue('paused').put(normal.job());
  await fleet.drain(uuid, { grace: 1_000 });
  await paused.event('deactivated');
  expect(await fleet.get(uuid)).toMatchObject({ status: 'deactivated', agents: [{ size: 0 }] });
  expect((await job.refresh()).status).toBe('pending');
});
