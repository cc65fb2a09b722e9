// Claims of an agent with `tasks`: the next job of these, from behind any number of others (D9).
import { defineTask, type Job } from '@drover/core';
import { MAIN_LANE, type ClaimedJob } from '@drover/core/internal';
import { LaneKeys, RedisLane } from '../../../../test/kit/store.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { playDispatcher } from './play-dispatcher.js';

const context = testContext('claim-tasks');
const { redis, prefix } = context;
const wanted = defineTask('claimTasks.wanted', (value: unknown) => value);
const other = defineTask('claimTasks.other', (value: unknown) => value);

const others = (count: number, priority = 0): Job[] =>
  Array.from({ length: count }, (_, i) => other.job(i).with({ priority }));
const idsOf = (jobs: readonly { id: string }[]) => jobs.map(({ id }) => id);

/** A queue, an agent with the task `wanted`, and a dispatcher without `tasks`. */
function scene(name: string, tasks = [wanted.name]) {
  const keys = new LaneKeys(prefix, name, MAIN_LANE);
  const uuid = newUuid();
  const lane = new RedisLane(redis, keys, `${uuid}/main`, tasks);
  let calls = 0;
  /** Looks until there is a job, or all are looked at. */
  const claim = async (): Promise<ClaimedJob | undefined> => {
    calls = 0;
    for (;;) {
      const reply = await lane.claim(`${uuid}:1:${newUuid()}`);
      calls++;
      if (!reply.goesOn) return reply.job;
    }
  };
  const claimId = async () => (await claim())?.id;
  const waiting = async () => (await redis.lrange(keys.list('wait'), 0, -1)).reverse();
  const plain = playDispatcher(context, name);
  return { queue: context.queue(name), lane, claim, claimId, waiting, plain, calls: () => calls };
}

it('D9 takes its jobs in order from behind thousands of others, which keep their places', async () => {
  const { queue, claimId, claim, waiting, calls, lane } = scene('behind');
  const before = await queue.putAll(others(3_500));
  const first = await queue.put(wanted.job(1));
  const between = await queue.putAll(others(300));
  const second = await queue.put(wanted.job(2));
  const third = await queue.put(wanted.job(3));
  expect(await claim()).toMatchObject({ id: first.id, fence: 1, task: wanted.name });
  expect(calls()).toBe(4);
  expect(await claimId()).toBe(second.id);
  expect(calls()).toBe(1);
  expect(await claimId()).toBe(third.id);
  expect(await claimId()).toBeUndefined();
  expect(await waiting()).toEqual(idsOf([...before, ...between]));
  expect(await lane.holder(third.id)).toMatch(/:1:/);
});

it('D9 goes on where it was, also after others were claimed and the job there is gone', async () => {
  const { queue, claimId, calls, plain } = scene('cursor');
  const before = await queue.putAll(others(3_000));
  expect(await claimId()).toBeUndefined();
  for (let i = 0; i < 3; i++) await plain.claimNow();
  await queue.remove(before[2_999] as Job);
  const job = await queue.put(wanted.job(1));
  expect(await claimId()).toBe(job.id);
  expect(calls()).toBeLessThan(3);
  await plain.completeAndClaim([], 2_500);
  const next = await queue.put(wanted.job(2));
  expect(await claimId()).toBe(next.id);
  expect(calls()).toBeLessThan(3);
});

it('Q4 a job that is put back at the head comes before those that it had passed', async () => {
  const { queue, claim, claimId, lane } = scene('put-back');
  const job = await queue.put(wanted.job(1));
  await queue.putAll(others(1_500));
  const later = await queue.put(wanted.job(2));
  const claimed = await claim();
  expect(claimed?.id).toBe(job.id);
  expect(await claimId()).toBe(later.id);
  await lane.putBack(claimed as ClaimedJob);
  expect(await claimId()).toBe(job.id);
});

it('Q7 takes its jobs in the order of their priorities, also new ones before those it has passed', async () => {
  const { queue, claim, claimId, lane, plain } = scene('priority');
  await queue.putAll([...others(1_200, 2), ...others(300, 5)]);
  const last = await queue.put(wanted.job('last'), { priority: 5 });
  const claimed = await claim();
  expect(claimed?.id).toBe(last.id);
  const five = await queue.put(wanted.job(5), { priority: 5 });
  const one = await queue.put(wanted.job(1), { priority: 1 });
  const two = await queue.put(wanted.job(2), { priority: 2 });
  const none = await queue.put(wanted.job(0));
  await lane.putBack(claimed as ClaimedJob);
  for (const { id } of [none, one, two, last, five]) expect(await claimId()).toBe(id);
  expect(await claimId()).toBeUndefined();
  // BullMQ counts anew when no job with a priority is left.
  await redis.del(`${prefix}:priority:prioritized`, `${prefix}:priority:pc`);
  expect(await plain.claim()).toBeUndefined();
  await queue.putAll([...others(5, 2)]);
  const anew = await queue.put(wanted.job('anew'), { priority: 2 });
  expect(await claimId()).toBe(anew.id);
});

it('Q1 a job that became due comes after the jobs that wait, and before those with a priority', async () => {
  const { queue, claimId } = scene('due');
  const prior = await queue.put(wanted.job('prior'), { priority: 1 });
  const due = await queue.put(wanted.job('due'), { beginAfter: new Date(Date.now() - 1_000) });
  const waits = await queue.put(wanted.job('waits'));
  const later = await queue.put(wanted.job('later'), { beginAfter: 3_600_000 });
  await queue.putAll(others(10));
  expect(await claimId()).toBe(due.id);
  expect(await claimId()).toBe(waits.id);
  expect(await claimId()).toBe(prior.id);
  expect(await claimId()).toBeUndefined();
  expect((await later.refresh()).status).toBe('pending');
});

it('D9 its hands claim nothing, and it takes no job while the queue is paused', async () => {
  const { queue, claim, claimId, lane } = scene('hands');
  await queue.putAll([wanted.job(1), other.job(2), wanted.job(3)]);
  const { id, token } = (await claim()) as ClaimedJob;
  const hand = { ended: [{ id, token, value: '1' }], back: [], tokens: ['a', 'b'] };
  expect(await lane.hand(hand)).toEqual({ ends: ['stored'], claimed: [], areLeft: true });
  await queue.pause();
  expect(await claimId()).toBeUndefined();
  await queue.resume();
  expect((await claim())?.args).toBe('[3]');
});
