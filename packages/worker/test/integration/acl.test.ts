// The least rights that suffice, as docs/guides/operating.md gives them: they allow the whole life
// of jobs, and nothing more (B3).
import { parallel, serial, type Composite } from '@drover/composite';
import { defineTask, local, Queue, type Job } from '@drover/core';
import { SYSTEM_LANE } from '@drover/core/internal';
import { LaneKeys, RedisLane } from '../../../../test/kit/store.js';
import { Redis } from 'ioredis';
import { documentedRules, documentedUsers } from '../../../../test/kit/acl.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { compiledKit } from '../../../../test/kit/paths.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { about as inThread } from '../../../../test/kit/thread-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn } from './dispatchers.js';

const prefix = '{drover}';
const heeds = defineTask('acl.heeds', async () => {
  if (local.fence > 1) return 'again';
  await new Promise((resolve) => local.signal.addEventListener('abort', resolve));
  throw local.signal.reason;
});
const says = defineTask('acl.says', (...words: unknown[]) => words.map(String).join(' '));
const busy = defineTask('acl.busy', async () => {
  await local.getQueue().put(says.job('put'), { lane: 'side' });
  await local.once('step', () => 1);
  await local.setLiveAnnotation('progress', 1);
  await local.getLiveAnnotation('go', { timeout: 20_000 });
  return says.job('returned');
});
const appends = defineTask('acl.appends', async (whole: unknown) => {
  await (whole as Composite).append(says.job('appended'));
  return 'appends';
});
const fails = defineTask('acl.fails', (): string => {
  throw new Error('as it should');
});

async function start() {
  const server = await startRedis();
  const admin = new Redis(server.url);
  cleanUpLater(() => admin.disconnect());
  const urlOf = await documentedUsers(admin, server.url);
  const denied = async (): Promise<unknown[]> => (await admin.acl('LOG')) as unknown[];
  return { admin, urlOf, denied };
}

/**
 * Commands that depend on settings that this test does not use: a database, and a name for
 * connections.
 */
const BY_SETTINGS = ['select', 'client|setname'];

/** Rights of the guide that no command has used. */
async function unused(admin: Redis): Promise<string[]> {
  const stats = await admin.info('commandstats');
  const used = new Set([...stats.matchAll(/^cmdstat_([^:]+):/gm)].map(([, name]) => name));
  const granted = documentedRules.flatMap(([, ...rules]) =>
    rules.filter((rule) => rule.startsWith('+')),
  );
  return granted
    .map((rule) => rule.slice(1))
    .filter((name) => !used.has(name) && !BY_SETTINGS.includes(name));
}

it('B3 the guide has rights for dispatchers and for producers', () => {
  expect(documentedRules.map(([user]) => user)).toEqual(['drover', 'drover-producer']);
});

it("B3 the guide's rights suffice for the whole life of jobs, and none is spare", async () => {
  const { admin, urlOf, denied } = await start();
  const queue = new Queue('life', { connection: urlOf('drover-producer'), prefix });
  cleanUpLater(() => queue.close());
  const dispatchers = dispatchersIn({ redisUrl: urlOf('drover'), prefix } as never);
  const queues = {
    life: {
      main: { size: 4, lanes: ['main', 'side'] },
      threads: { size: 1, lanes: ['other'], threads: true },
    },
  };
  const taskModules = [`${compiledKit}/thread-tasks.js`];
  const dispatcher = dispatchers.make('life', {
    queues,
    taskModules,
    keepCompleted: { age: 1_000 },
  });
  const errors = collect(dispatcher, 'error');
  await queue.quotas.create('two', 2);
  const interrupted = parallel([heeds.job(), says.job('part')], {
    postprocess: says.job('joined'),
  });
  const begun = hasStarted(dispatcher, interrupted.jobs[0]);
  await queue.put(interrupted);
  // The claim of the first of its packs opens it: no jobs of the lane have ended so far.
  const packed = parallel(Array.from({ length: 66 }, (_, i) => says.job(i)));
  await queue.put(packed);
  const grown = serial([says.job('part')]);
  await queue.put(grown);
  await grown.append(appends.job(grown));
  const damaged = [says.job('mended'), says.job('dropped')] as const;
  const [mended, dropped] = damaged;
  const opts = (job: Job, text: string) => admin.hset(`${prefix}:life:${job.id}`, 'opts', text);
  await queue.putAll(damaged);
  for (const job of damaged) await opts(job, '{');
  await dispatcher.activate();
  await begun;

  const annotated = await queue.put(busy.job());
  await annotated.annotate('go', true);
  const called = await annotated.addCallback(says.job('callback'));
  const failed = await queue.put(serial([fails.job(), says.job('after')], { onFailure: 'stop' }));
  const limited = await queue.putAll(
    [1, 2, 3].map((i) => says.job(i)),
    { quotas: ['two'] },
  );
  const cancelled = await queue.put(says.job('never'), {
    beginAfter: new Date(Date.now() + 3_600_000),
  });
  await queue.put(says.job('not in time'), {
    beginAfter: new Date(Date.now() + 3_600_000),
    beginBy: 10,
  });
  const inTime = await queue.put(says.job('in time'), { beginBy: 600_000 });
  await cancelled.update({ args: ['other'] });
  await cancelled.cancel('not wanted');
  expect(await annotated.wait()).toBe('returned');
  expect(await called.wait()).toBe('callback returned');
  expect(await inTime.wait()).toBe('in time');
  await expect(failed.wait()).rejects.toThrow('as it should');
  await expect(cancelled.wait()).rejects.toThrow('not wanted');
  await Promise.all(limited.map((job: Job) => job.wait()));
  expect(await packed.wait()).toHaveLength(66);
  expect(await grown.wait()).toEqual(['part', 'appends', 'appended']);
  // Long arguments go by plain commands.
  expect(await (await queue.put(says.job('x'.repeat(300_000)))).wait()).toHaveLength(300_000);
  await failed.retry();
  await expect(failed.wait()).rejects.toThrow('as it should');
  // In a limited lane BullMQ's own script claims.
  await admin.hset(`${prefix}:life/other:meta`, 'concurrency', 5);
  const threaded = await queue.put(inThread.job(), { lane: 'other' });
  expect(await threaded.wait()).toBeDefined();
  const stopped = heeds.job();
  const running = hasStarted(dispatcher, stopped);
  await queue.put(stopped);
  await running;
  await stopped.cancel('stop');
  await expect(stopped.wait()).rejects.toThrow('stop');
  await eventually(async () => (await queue.deadLetters().list()).length === damaged.length);
  await opts(mended, '{}');
  await queue.deadLetters().retry(mended.id);
  expect(await mended.wait()).toBe('mended');
  await queue.deadLetters().drop(dropped.id);

  // The reconcile pass of the second activation reads the children of a waiting job.
  const waits = parallel([
    says.job('never').with({ beginAfter: new Date(Date.now() + 3_600_000) }),
  ]);
  await queue.put(waits);
  await eventually(async () => (await admin.zcard(`${prefix}:life:waiting-children`)) > 0);
  await dispatcher.deactivate();
  // A claim of the first activation in the system lane without a run; the second activation puts
  // the job back.
  const claimer = new Redis(urlOf('drover'));
  cleanUpLater(() => claimer.disconnect());
  const system = new RedisLane(
    claimer as never,
    new LaneKeys(prefix, 'life', SYSTEM_LANE),
    dispatcher.uuid,
  );
  expect((await system.claim(`${dispatcher.uuid}:1:999`)).job).toBeDefined();
  const second = dispatchers.make('life', { queues, taskModules, uuid: dispatcher.uuid });
  errors.push(...collect(second, 'error'));
  await second.activate();
  expect(await interrupted.wait()).toMatch(/^joined /);
  expect(interrupted.jobs[0]).toBeDefined();
  expect((await queue.jobs({ status: 'completed' })).length).toBeGreaterThan(8);
  const late = await queue.putAll(
    [1, 2].map((i) => says.job(i).with({ beginAfter: new Date(Date.now() + 3_600_000) })),
  );
  await queue.remove(late[0] as Job);
  expect(await queue.pull()).toBeDefined();
  await eventually(async () => !(await unused(admin)).includes('srandmember'));
  await waits.cancel('not wanted');
  await expect(waits.wait()).rejects.toThrow('not wanted');
  await second.deactivate();
  expect([await denied(), errors]).toEqual([[], []]);
  expect(await unused(admin)).toEqual([]);
});

it("B3 the guide's rights forbid other keys and channels, and admin commands", async () => {
  const { urlOf } = await start();
  for (const user of ['drover', 'drover-producer']) {
    const redis = new Redis(urlOf(user));
    for (const call of [
      () => redis.get('other'),
      () => redis.eval("return redis.call('GET', 'other')", 0),
      () => redis.publish('other', 'x'),
      () => redis.flushall(),
      () => redis.keys('*'),
      () => redis.config('GET', '*'),
      () => redis.script('FLUSH'),
    ]) {
      await expect(call()).rejects.toThrow(/NOPERM|can't (run|access)|No permissions/);
    }
    redis.disconnect();
  }
});
