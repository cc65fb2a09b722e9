// Agents that are added, resized, given other lanes and removed while their dispatcher runs, by
// itself and from other processes (D9).
import { BadStatusError, defineTask, Dispatchers, local, TimeoutError } from '@drover/core';
import type { Dispatcher } from '@drover/worker';
import { waitForResult } from '@drover/core/testing';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { DispatcherKeys, DispatcherStore } from '../../../../test/kit/store.js';
import { eventually } from '../../../../test/kit/wait.js';
import { processIdentity } from '../../src/dispatcher/identity.js';
import { collect, dispatchersIn, next } from './dispatchers.js';

const context = testContext('runtime-agents');
const dispatchers = dispatchersIn(context);
const { prefix, redis } = context;
const fleet = new Dispatchers({ connection: context.redisUrl, prefix });
cleanUpLater(() => fleet.close());
const keys = new DispatcherKeys(prefix);
const records = new DispatcherStore(redis, prefix);

let door = gate();
const waits = defineTask('runtime.waits', async (value: unknown) => {
  await door.opened;
  return value;
});
const says = defineTask('runtime.says', (value: unknown) => value);
beforeEach(() => (door = gate()));
afterEach(() => door.open());

const running = (dispatcher: Dispatcher) => dispatcher.activeJobs().length;
const agentsOf = async ({ uuid }: Dispatcher) =>
  (await fleet.get(uuid))?.agents.map(({ queue, name, size, lanes }) => [queue, name, size, lanes]);

type Change = (dispatcher: Dispatcher, queue: string, agent: string, options: object) => unknown;
const byItself: Change = (dispatcher, ...args) => dispatcher.setAgent(...args);
const byFleet: Change = ({ uuid }, ...args) => fleet.setAgent(uuid, ...args);

describe.each([
  ['by itself', byItself],
  ['from any process', byFleet],
])('%s', (who, change) => {
  const name = (what: string) => `${what}-${who.split(' ').join('-')}`;

  it('D9 a larger size starts jobs that wait, a smaller one interrupts nothing', async () => {
    const queue = context.queue(name('size'));
    const dispatcher = await dispatchers.start(queue.name, { size: 1 });
    const jobs = await queue.putAll([1, 2, 3, 4, 5, 6].map((n) => waits.job(n)));
    await eventually(() => running(dispatcher) === 1);
    await change(dispatcher, queue.name, 'main', { size: 4 });
    await eventually(() => running(dispatcher) === 4);
    expect(await agentsOf(dispatcher)).toEqual([[queue.name, 'main', 4, ['main']]]);
    const interrupted = collect(dispatcher, 'interrupted');
    await change(dispatcher, queue.name, 'main', { size: 1 });
    expect(running(dispatcher)).toBe(4);
    let most = 0;
    let ended = 0;
    dispatcher.on('completed', () => ended++);
    dispatcher.on('started', () => (most = Math.max(most, running(dispatcher))));
    door.open();
    for (const job of jobs) await waitForResult(job);
    await eventually(() => ended === 6);
    expect(interrupted).toEqual([]);
    expect(most).toBeLessThanOrEqual(1);
  });

  it('D9 an agent of size 0 claims nothing, and keeps no job from others', async () => {
    const queue = context.queue(name('zero'));
    const dispatcher = await dispatchers.start(queue.name, { size: 2 });
    const held = await queue.put(waits.job(1));
    await eventually(() => running(dispatcher) === 1);
    await change(dispatcher, queue.name, 'main', { size: 0 });
    const started = collect(dispatcher, 'started');
    const job = await queue.put(says.job(2));
    const other = await dispatchers.start(queue.name);
    expect(await waitForResult(job)).toBe(2);
    await other.deactivate();
    const later = await queue.put(says.job(3));
    expect(started).toEqual([]);
    await change(dispatcher, queue.name, 'main', { size: 1 });
    expect(running(dispatcher)).toBe(1);
    door.open();
    expect(await waitForResult(held)).toBe(1);
    expect(await waitForResult(later)).toBe(3);
  });

  it('D9 an agent gets other lanes, and leaves its former ones to others', async () => {
    const queue = context.queue(name('lanes'));
    const dispatcher = await dispatchers.start(queue.name, { size: 2 });
    expect(await waitForResult(await queue.put(says.job(0)))).toBe(0);
    const held = await queue.put(waits.job(1));
    await eventually(() => running(dispatcher) === 1);
    await change(dispatcher, queue.name, 'main', { lanes: ['gpu', 'tpu'] });
    const started = collect(dispatcher, 'started');
    const left = await queue.put(says.job('main'));
    for (const lane of ['gpu', 'tpu'])
      expect(await waitForResult(await queue.put(says.job(lane), { lane }))).toBe(lane);
    expect(started).toHaveLength(2);
    const other = await dispatchers.start(queue.name);
    expect(await waitForResult(left)).toBe('main');
    await other.deactivate();
    door.open();
    expect(await waitForResult(held)).toBe(1);
    expect(await agentsOf(dispatcher)).toEqual([[queue.name, 'main', 2, ['gpu', 'tpu']]]);
    expect(dispatcher.statistics({ queue: queue.name }).started).toBe(4);
  });

  it('D9 an agent of a new queue is added, and removed', async () => {
    const [queue, added] = [context.queue(name('old')), context.queue(name('new'))];
    const dispatcher = await dispatchers.start(queue.name, { size: 1 });
    const job = await added.put(waits.job(1));
    const starts = hasStarted(dispatcher, job);
    await change(dispatcher, added.name, 'extra', { size: 2 });
    await starts;
    expect(dispatcher.activeJobs({ queue: added.name, agent: 'extra' })).toHaveLength(1);
    expect(await agentsOf(dispatcher)).toEqual([
      [queue.name, 'main', 1, ['main']],
      [added.name, 'extra', 2, ['main']],
    ]);
    if (change === byItself) await dispatcher.removeAgent(added.name, 'extra');
    else await fleet.removeAgent(dispatcher.uuid, added.name, 'extra');
    const left = await added.put(says.job(2));
    expect(await waitForResult(await queue.put(says.job(3)))).toBe(3);
    expect((await left.refresh()).status).toBe('pending');
    expect(await agentsOf(dispatcher)).toEqual([[queue.name, 'main', 1, ['main']]]);
    // Its running job is interrupted with the dispatcher, and recovery of the queue goes on.
    const interrupted = next(dispatcher, 'interrupted');
    await dispatcher.deactivate();
    expect(await interrupted).toMatchObject({ jobId: job.id, queue: added.name });
    door.open();
    await dispatchers.start(added.name);
    expect([await waitForResult(job), await waitForResult(left)]).toEqual([1, 2]);
  });
});

it('D9, D7 an agent with threads gets another size', async () => {
  const dispatcher = await dispatchers.start('threads', { size: 1, threads: true });
  await dispatcher.setAgent('threads', 'main', { size: 2 });
  expect((await fleet.get(dispatcher.uuid))?.agents[0]).toMatchObject({ size: 2, threads: true });
});

it('D9 a task may change the agents of its dispatcher', async () => {
  const ref: { dispatcher?: Dispatcher } = {};
  const grows = defineTask('runtime.grows', async () => {
    await ref.dispatcher?.setAgent('inside', 'main', { size: 2 });
    await ref.dispatcher?.setAgent('inside', 'more', { lanes: ['side'] });
    return await (
      await local.getQueue().put(says.job(5), { lane: 'side', immediate: true })
    ).wait();
  });
  ref.dispatcher = await dispatchers.start('inside', { size: 1 });
  expect(await waitForResult(await context.queue('inside').put(grows.job()))).toBe(5);
});

it('D9 agents are changed before the activation, and last through a false death', async () => {
  const dispatcher = dispatchers.make('before', { size: 1, pingInterval: 20, deathInterval: 200 });
  await dispatcher.setAgent('before', 'main', { lanes: ['side'] });
  await dispatcher.activate();
  const queue = context.queue('before');
  expect(await waitForResult(await queue.put(says.job(1), { lane: 'side' }))).toBe(1);
  await dispatcher.setAgent('before', 'main', { lanes: ['other'] });
  const reactivated = next(dispatcher, 'reactivated');
  await redis.hset(keys.record(dispatcher.uuid), 'status', 'deactivated');
  await reactivated;
  expect(await waitForResult(await queue.put(says.job(2), { lane: 'other' }))).toBe(2);
  expect(await agentsOf(dispatcher)).toEqual([['before', 'main', 1, ['other']]]);
});

it('D9 a wish whose message is lost is taken over with the next ping', async () => {
  const dispatcher = await dispatchers.start('lost', { size: 1, pingInterval: 50 });
  const { uuid } = dispatcher;
  const wish = { kind: 'setAgent', queue: 'lost', agent: 'main', size: 3 };
  const number = await redis.rpush(
    keys.wishes(uuid),
    JSON.stringify(wish),
    'damaged',
    '{"kind":1}',
  );
  await redis.hset(keys.record(uuid), 'wished', number);
  await eventually(async () => (await redis.llen(keys.wishes(uuid))) === 0);
  expect(await agentsOf(dispatcher)).toEqual([['lost', 'main', 3, ['main']]]);
  expect(await redis.hget(keys.record(uuid), 'taken')).toBe('3');
  await fleet.setAgent(uuid, 'lost', 'main', { size: 4 });
  expect(await agentsOf(dispatcher)).toEqual([['lost', 'main', 4, ['main']]]);
});

it('D9 drain deactivates a dispatcher from any process, with a grace', async () => {
  const dispatcher = await dispatchers.start('drain');
  const job = await context.queue('drain').put(waits.job(1));
  await eventually(() => running(dispatcher) === 1);
  const deactivated = next(dispatcher, 'deactivated');
  await fleet.drain(dispatcher.uuid, { grace: 60_000 });
  await eventually(() => dispatcher.status === 'deactivating');
  door.open();
  await deactivated;
  expect(await waitForResult(job)).toBe(1);
  expect((await job.refresh()).interruptions).toBe(0);
  await fleet.drain(dispatcher.uuid);
  await expect(dispatcher.setAgent('drain', 'main')).rejects.toThrow(BadStatusError);
  await expect(fleet.setAgent(dispatcher.uuid, 'drain', 'main')).rejects.toThrow(/is not active/);
});

it('D9 a call says that a dispatcher has not taken it over, or has ended', async () => {
  const uuid = newUuid();
  const activate = () => records.activate(uuid, processIdentity(), 600_000, ['q'], 'force');
  await activate();
  const late = fleet.setAgent(uuid, 'q', 'main', { size: 1, timeout: 20 });
  await expect(late).rejects.toThrow(TimeoutError);
  await expect(late).rejects.toThrow(/has not taken this over within 20 ms/);
  const ended = fleet.removeAgent(uuid, 'q', 'main');
  const refused = expect(ended).rejects.toThrow(/ended before it took this over/);
  await eventually(async () => (await redis.llen(keys.wishes(uuid))) === 2);
  await activate();
  await refused;
  expect(await redis.exists(keys.wishes(uuid))).toBe(0);
  const unknown = fleet.drain(newUuid());
  await expect(unknown).rejects.toThrow(/has no record: it was never active/);
});

it.each<[string, () => Promise<unknown>, RegExp]>([
  ['a size below 0', () => fleet.setAgent(newUuid(), 'q', 'a', { size: -1 }), /from 0/],
  ['no lane', () => fleet.setAgent(newUuid(), 'q', 'a', { lanes: [] }), /at least one lane/],
  ['the system lane', () => fleet.setAgent(newUuid(), 'q', 'a', { lanes: ['system'] }), /reserved/],
  ['a bad queue', () => fleet.removeAgent(newUuid(), 'q:', 'a'), /name of a queue/],
  ['a bad grace', () => fleet.drain(newUuid(), { grace: NaN }), /grace must be/],
  [
    'threads',
    () => dispatchers.make('bad').setAgent('bad', 'a', { threads: true } as never),
    /no option "threads"/,
  ],
])('B2 %s is refused with its name', async (_what, call, message) => {
  await expect(call()).rejects.toThrow(message);
});
