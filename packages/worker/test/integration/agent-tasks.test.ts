// Agents with `tasks`: they take only jobs of these, and keep no job from others (D9, Q6).
import { defineTask, Dispatchers, InvalidArgumentError } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { collect, dispatchersIn } from './dispatchers.js';

const context = testContext('agent-tasks');
const dispatchers = dispatchersIn(context);
const fleet = new Dispatchers({ connection: context.redisUrl, prefix: context.prefix });
cleanUpLater(() => fleet.close());

const order: unknown[] = [];
beforeEach(() => order.splice(0));
const small = defineTask('agentTasks.small', (value: unknown) => {
  order.push(value);
  return value;
});
const large = defineTask('agentTasks.large', (value: unknown) => {
  order.push(value);
  return value;
});
const many = (count: number) => Array.from({ length: count }, (_, i) => large.job(i));
const agentOf = (queue: string, tasks: unknown, size = 1) =>
  ({ queues: { [queue]: { main: { size, tasks } } } }) as object;

it('D9 an agent with tasks runs these from behind 1,000 others, which other agents run in order', async () => {
  const queue = context.queue('behind');
  const waiting = await queue.putAll(many(1_000));
  const own = await queue.putAll(['a', 'b', 'c'].map((value) => small.job(value)));
  const limited = dispatchers.make('behind', agentOf('behind', [small]));
  const started = collect(limited, 'started');
  await limited.activate();
  for (const job of own) await waitForResult(job);
  expect(order).toEqual(['a', 'b', 'c']);
  expect(await queue.length()).toBe(1_000);
  expect(await queue.explain(waiting[0]!)).toMatchObject({
    reason: 'task-not-taken',
    needs: large.name,
    dispatchers: 1,
  });
  order.splice(0);
  await dispatchers.start('behind', { size: 1 });
  for (const job of waiting) await waitForResult(job);
  expect(order).toEqual(many(1_000).map((_, i) => i));
  expect(started).toHaveLength(3);
  expect((await fleet.get(limited.uuid))?.agents).toMatchObject([{ tasks: [small.name] }]);
});

it('Q6 an idle agent with tasks starts a job at once, and takes no wake-up from others', async () => {
  const queue = context.queue('idle');
  const limited = await dispatchers.start('idle', agentOf('idle', [small.name]));
  const plain = await dispatchers.start('idle', { size: 1 });
  const [byLimited, byPlain] = [collect(limited, 'started'), collect(plain, 'started')];
  const began = performance.now();
  for (let i = 0; i < 20; i++) expect(await (await queue.put(large.job(i))).wait()).toBe(i);
  // A look without a marker comes after five seconds.
  expect(performance.now() - began).toBeLessThan(20 * 5_000);
  expect([byLimited.length, byPlain.length]).toEqual([0, 20]);
  await plain.deactivate();
  for (let i = 0; i < 5; i++) expect(await (await queue.put(small.job(i))).wait()).toBe(i);
  const late = await queue.put(small.job('late'), { beginAfter: 100 });
  expect(await late.wait()).toBe('late');
});

describe.each([
  ['by itself', true],
  ['from any process', false],
])('%s', (who, isOwn) => {
  it('D9 the tasks of an agent change while it runs, and all can be allowed again', async () => {
    const name = `change-${who.split(' ').join('-')}`;
    const queue = context.queue(name);
    const dispatcher = await dispatchers.start(name, { size: 1 });
    const set = async (options: object): Promise<void> =>
      isOwn
        ? await dispatcher.setAgent(name, 'main', options)
        : await fleet.setAgent(dispatcher.uuid, name, 'main', options);
    await set({ tasks: [small] });
    const held = await queue.put(large.job('held'));
    expect(await waitForResult(await queue.put(small.job(1)))).toBe(1);
    expect((await held.refresh()).status).toBe('pending');
    const agents = async () => (await fleet.get(dispatcher.uuid))?.agents;
    expect(await agents()).toMatchObject([{ tasks: [small.name] }]);
    await set({ size: 2 });
    expect(await agents()).toMatchObject([{ size: 2, tasks: [small.name] }]);
    await expect(set({ tasks: ['agentTasks.unknown'] })).rejects.toThrow(
      `setAgent: ${name}.main.tasks: the task "agentTasks.unknown" is not defined`,
    );
    await set({ tasks: 'all' });
    expect(await waitForResult(held)).toBe('held');
    expect((await agents())?.[0]).not.toHaveProperty('tasks');
  });
});

it.each<[unknown, string]>([
  [[], "queues.bad.main.tasks must be 'all', or an array of at least one task"],
  ['agentTasks.small', "queues.bad.main.tasks must be 'all', or an array"],
  [[7], 'queues.bad.main.tasks must have tasks, or their names, not 7'],
  [[''], 'queues.bad.main.tasks must have tasks, or their names, not ""'],
  [[small, small.name], 'queues.bad.main.tasks names a task twice'],
])('D9, B2 the tasks %j are refused: %s', (tasks, message) => {
  expect(() => dispatchers.make('bad', agentOf('bad', tasks))).toThrow(message);
  expect(() => dispatchers.make('bad', agentOf('bad', tasks))).toThrow(InvalidArgumentError);
});

it('D9, B2 a dispatcher with an agent for a task that it does not define does not start', async () => {
  const dispatcher = dispatchers.make('unknown', agentOf('unknown', [small, 'agentTasks.smal']));
  await expect(dispatcher.activate()).rejects.toThrow(
    'queues.unknown.main.tasks: the task "agentTasks.smal" is not defined in the process',
  );
  expect(await fleet.get(dispatcher.uuid)).toBeUndefined();
});
