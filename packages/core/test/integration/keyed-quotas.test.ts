// The keys of a quota take turns, and nothing is kept of a key without jobs (Q9). A played
// dispatcher claims one job after another, so that each order is certain.
import { type Job } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import { testContext } from '../../../../test/kit/context.js';
import {
  begin,
  beginAll,
  keyedQueue,
  nameOf,
  of,
  quotaKeys,
  runAll,
  work,
} from './keyed-quota-runs.js';

const context = testContext('keyed-quotas');
const { redis, prefix } = context;

it('Q9 each key has its own slots, and its next job begins when one of them is free', async () => {
  const [queue, played] = await keyedQueue(context, 'slots', 2);
  const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'];
  await queue.putAll(names.map((name) => of(name)));
  const begun = await beginAll(played);
  expect(begun.map(nameOf)).toEqual(['a1', 'b1', 'a2', 'b2']);
  expect(await queue.quotas.get('team/a')).toEqual({
    name: 'team/a',
    size: 2,
    held: 2,
    holders: [begun[0]?.id, begun[2]?.id],
    waiters: 1,
  });
  expect(await queue.counts()).toMatchObject({ due: 0, waitingForQuota: 2, active: 4 });
  await played.complete(begun[1] as ClaimedJob, 1);
  expect((await beginAll(played)).map(nameOf)).toEqual(['b3']);
});

it('Q9 a key with many jobs delays another one by one job in each round', async () => {
  const [queue, played] = await keyedQueue(context, 'turns', 3);
  await queue.putAll(Array.from({ length: 10 }, (_, i) => of(`a${i}`, 'a')));
  await queue.putAll(Array.from({ length: 3 }, (_, i) => of(`b${i}`, 'b')));
  const first = (await begin(played)) as ClaimedJob;
  await queue.put(of('c0', 'c'));
  await played.complete(first, 1);
  const rest = ['b0', 'a1', 'c0', 'b1', 'a2', 'b2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9'];
  expect([nameOf(first), ...(await runAll(played))]).toEqual(['a0', ...rest]);
});

it('Q9 nothing is left of a key when none of its jobs waits or runs', async () => {
  const [queue, played] = await keyedQueue(context, 'nothing-left');
  await queue.quotas.create('disk', 1);
  const puts = ['a1', 'a2', 'a3', 'b1', 'b2'].map((name) => of(name));
  puts.push(work.job('both').with({ quotas: ['team/a', 'disk', 'team/c'] }));
  const jobs = await queue.putAll(puts);
  await queue.remove(jobs[1] as Job);
  expect(await quotaKeys(context, 'nothing-left')).not.toEqual([]);
  expect(await runAll(played)).toEqual(['a1', 'b1', 'a3', 'b2', 'both']);
  expect(await quotaKeys(context, 'nothing-left')).toEqual([]);
});

it('Q1, Q9 a job whose turn comes begins before jobs without keys that were put later', async () => {
  const [queue, played] = await keyedQueue(context, 'plain');
  const put = async (...names: string[]) => {
    for (const name of names) await queue.put(name.startsWith('p') ? work.job(name) : of(name));
  };
  await put('a1', 'a2', 'p1', 'a3', 'p2');
  expect(await runAll(played)).toEqual(['a1', 'a2', 'p1', 'a3', 'p2']);
});

it('Q7, Q9 a key whose job has a priority has its turn among those of that priority', async () => {
  const [queue, played] = await keyedQueue(context, 'priority', 2);
  for (const [name, priority] of [
    ['a5', 5],
    ['a6', 5],
    ['b1', 1],
    ['a1', 1],
    ['c0', 0],
    ['a0', 0],
  ] as const)
    await queue.put(of(name), { priority });
  expect(await runAll(played)).toEqual(['c0', 'a0', 'b1', 'a1', 'a5', 'a6']);
});

it('Q5, Q9 keyed and plain quotas are held together or not at all', async () => {
  const [queue, played] = await keyedQueue(context, 'mixed');
  await queue.quotas.create('disk', 1);
  const put = (name: string, ...quotas: string[]) => queue.put(work.job(name).with({ quotas }));
  await put('d', 'disk');
  await put('ad', 'team/a', 'disk');
  await put('a', 'team/a');
  await put('b', 'team/b');
  const begun = await beginAll(played);
  // `ad` waits for the disk, and `a` for the turn after it.
  expect(begun.map(nameOf)).toEqual(['d', 'b']);
  expect(await queue.quotas.get('team/a')).toMatchObject({ holders: [], waiters: 1 });
  await played.complete(begun[0] as ClaimedJob, 1);
  expect((await beginAll(played)).map(nameOf)).toEqual(['ad']);
});

it('Q9 resize holds for all keys, and each begins as many jobs as it has slots', async () => {
  const [queue, played] = await keyedQueue(context, 'resize', 0);
  const names = ['a1', 'a2', 'b1', 'b2', 'c1'];
  await queue.putAll(names.map((name) => of(name)));
  expect(await beginAll(played)).toEqual([]);
  await queue.quotas.resize('team', 1);
  expect((await beginAll(played)).map(nameOf).sort()).toEqual(['a1', 'b1', 'c1']);
  await queue.quotas.resize('team', 2);
  expect((await beginAll(played)).map(nameOf).sort()).toEqual(['a2', 'b2']);
});

it('Q9 list reads some of very many keys, and says of how many', async () => {
  const [queue] = await keyedQueue(context, 'many');
  for (let key = 0; key < 600; key += 200)
    await queue.putAll(Array.from({ length: 200 }, (_, i) => of('job', `k${key + i}`)));
  const [some] = await queue.quotas.list({ mostKeys: 100 });
  expect(some?.keys).toMatchObject({ inUse: 600 });
  expect(some?.keys?.read).toBeGreaterThanOrEqual(100);
  expect(some?.keys?.read).toBeLessThan(400);
  expect(some?.waiters).toBeLessThan(400);
  const [all] = await queue.quotas.list();
  expect(all?.keys).toMatchObject({ inUse: 600, read: 600 });
  expect(all?.keys?.busiest).toHaveLength(100);
  for (const mostKeys of [0, 1.5, '9'])
    await expect(queue.quotas.list({ mostKeys } as never)).rejects.toThrow(/mostKeys/);
});

it('Q9 get and list say which keys have jobs, and remove refuses while one has', async () => {
  const [queue, played] = await keyedQueue(context, 'read');
  const jobs = await queue.putAll(['a1', 'a2', 'a3', 'b1'].map((name) => of(name)));
  const [a, b] = await beginAll(played);
  const team = {
    name: 'team',
    size: 1,
    held: 2,
    holders: expect.arrayContaining([a?.id, b?.id]) as string[],
    waiters: 2,
    keys: {
      inUse: 2,
      read: 2,
      busiest: [
        { key: 'a', holders: 1, waiters: 2 },
        { key: 'b', holders: 1, waiters: 0 },
      ],
    },
  };
  expect(await queue.quotas.get('team')).toEqual(team);
  expect(await queue.quotas.list()).toEqual([team]);
  expect(await queue.quotas.get('team/none')).toMatchObject({ size: 1, holders: [], waiters: 0 });
  expect(await queue.quotas.get('other/none')).toBeUndefined();
  const later = await queue.put(of('c1', 'c'), { beginAfter: 3_600_000 });
  await expect(queue.quotas.remove('team')).rejects.toThrow(
    'the quota "team" of read is in use (keys with jobs that hold it or wait for it: 2, ' +
      'other pending jobs that name it: 1)',
  );
  for (const job of [jobs[1], jobs[2], later]) await queue.remove(job as Job);
  for (const claim of [a, b]) await played.complete(claim as ClaimedJob, 1);
  await queue.quotas.remove('team');
  expect(await queue.quotas.list()).toEqual([]);
});

it('B2, Q9 a bad name of a key is refused at the put, and nothing is stored', async () => {
  const [queue] = await keyedQueue(context, 'wrong');
  await queue.quotas.create('disk', 1);
  const before = await redis.keys(`${prefix}:wrong*`);
  for (const [name, message] of [
    ['team', 'the quota "team" of wrong has keys: name one of them, as quotas: ["team/acme"]'],
    ['disk/x', 'the quota "disk" of wrong has no keys: name it without one, quotas: ["disk"]'],
    ['team/', 'the quota "team/" ends with an empty key: write "team/acme" for the key "acme"'],
    ['/x', 'the name of a quota must be a string that is not empty, not ""'],
    ['team/a:b', 'the key of a quota may not contain : { }'],
    ['team/a\ud800', 'the key of a quota may not contain'],
    [`team/${'x'.repeat(201)}`, 'the key of a quota may have at most 200 characters'],
  ] as const)
    await expect(queue.put(work.job('x'), { quotas: [name] })).rejects.toMatchObject({
      code: 'DROVER_INVALID_ARGUMENT',
      message: expect.stringContaining(message) as string,
    });
  await expect(queue.put(work.job('x'), { quotas: ['temm/a'] })).rejects.toMatchObject({
    code: 'DROVER_UNKNOWN_QUOTA',
    message: 'the queue wrong has no quota "temm": create it first, with { keyed: true }',
  });
  expect(await redis.keys(`${prefix}:wrong*`)).toEqual(before);
  const { quotas } = queue;
  await quotas.create('team', 1, { keyed: true });
  await expect(quotas.create('team', 2, { keyed: true })).rejects.toThrow('of another size');
  await expect(quotas.create('team', 1)).rejects.toThrow('has a quota "team" with keys');
  await expect(quotas.create('disk', 1, { keyed: true })).rejects.toThrow('"disk" without keys');
  await expect(quotas.create('x', 1, { keys: true } as object)).rejects.toThrow('"keys"');
  await expect(quotas.create('x', 1, { keyed: 1 } as object)).rejects.toThrow('true or false');
  for (const call of [quotas.resize('team/a', 2), quotas.remove('team/a')])
    await expect(call).rejects.toMatchObject({ code: 'DROVER_INVALID_ARGUMENT' });
});
