// B3 the least rights that suffice, as docs/guides/operating.md gives them: the whole life of jobs with them, and nothing beyond.
import { parallel, serial } from '@drover/composite';
import { defineTask, local, Queue, type Job } from '@drover/core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { root } from '../../../../test/kit/paths.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { password, passwordInUrl } from '../../../../test/kit/secret.js';
import { collect, dispatchersIn } from './dispatchers.js';

const prefix = '{drover}';
const guide = readFileSync(join(root, 'docs/guides/operating.md'), 'utf8');
/** The lines of the guide: copied, they are all that has to be set. */
const lines = [...guide.matchAll(/^ACL SETUSER (\S+) (.*)$/gm)].map(([, user = '', rules = '']) => [
  user,
  ...rules.replace('>change-me', `>${password}`).split(' '),
]);

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
const fails = defineTask('acl.fails', (): string => {
  throw new Error('as it should');
});

async function start() {
  const server = await startRedis();
  const admin = new Redis(server.url);
  cleanUpLater(() => admin.disconnect());
  for (const [user = '', ...rules] of lines) await admin.acl('SETUSER', user, ...rules);
  await admin.acl('SETUSER', 'default', 'off');
  const urlOf = (user: string): string => server.url.replace('redis://', `redis://${user}:${passwordInUrl}@`);
  const denied = async (): Promise<unknown[]> => (await admin.acl('LOG')) as unknown[];
  return { urlOf, denied };
}

it('B3 the guide has rights for dispatchers and for producers', () => {
  expect(lines.map(([user]) => user)).toEqual(['drover', 'drover-producer']);
});

it('B3 the whole life of jobs with the rights of the guide: no command is denied', async () => {
  const { urlOf, denied } = await start();
  const queue = new Queue('life', { connection: urlOf('drover-producer'), prefix });
  cleanUpLater(() => queue.close());
  const dispatchers = dispatchersIn({ redisUrl: urlOf('drover'), prefix } as never);
  const queues = { life: { main: { size: 4, lanes: ['main', 'side'] }, threads: { size: 1, lanes: ['other'] } } };
  const dispatcher = dispatchers.make('life', { queues, keepCompleted: { age: 1_000 } });
  const errors = collect(dispatcher, 'error');
  await queue.quotas.create('two', 2);
  const interrupted = parallel([heeds.job(), says.job('part')], { postprocess: says.job('joined') });
  const begun = hasStarted(dispatcher, interrupted.jobs[0]);
  await queue.put(interrupted);
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
  const cancelled = await queue.put(says.job('never'), { beginAfter: new Date(Date.now() + 3_600_000) });
  await queue.put(says.job('not in time'), { beginAfter: new Date(Date.now() + 3_600_000), beginBy: 10 });
  await cancelled.update({ args: ['other'] });
  await cancelled.cancel('not wanted');
  expect(await annotated.wait()).toBe('returned');
  expect(await called.wait()).toBe('callback returned');
  await expect(failed.wait()).rejects.toThrow('as it should');
  await expect(cancelled.wait()).rejects.toThrow('not wanted');
  await Promise.all(limited.map((job: Job) => job.wait()));

  await dispatcher.deactivate();
  const second = dispatchers.make('life', { queues, uuid: dispatcher.uuid });
  errors.push(...collect(second, 'error'));
  await second.activate();
  expect(await interrupted.wait()).toMatch(/^joined /);
  expect(interrupted.jobs[0]).toBeDefined();
  expect((await queue.jobs({ status: 'completed' })).length).toBeGreaterThan(8);
  await queue.setAside().list();
  await queue.pull();
  await second.deactivate();
  expect([await denied(), errors]).toEqual([[], []]);
});

it('B3 nothing beyond them: other keys and channels, and what only administrators do', async () => {
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
