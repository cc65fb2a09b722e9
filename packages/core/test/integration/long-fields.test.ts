// Long arguments and other long fields of jobs: clients send and read them by plain commands, and
// no script touches them (docs/protocol/long-fields.md).
import { connect } from 'node:net';
import { defineTask, Queue, type Job } from '@drover/core';
import { Queue as BullQueue } from 'bullmq';
import { addCallback, LaneKeys, newStoredJob } from '../../../../test/kit/store.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext, type TestContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';
import { playPacks } from './packed.js';
import { playDispatcher } from './play-dispatcher.js';

// On a server of its own, whose commands no other test sends.
let context: TestContext;
beforeAll(async () => {
  context = testContext('long-fields', (await startRedis()).url);
});
const work = defineTask('long-fields.work', (...values: unknown[]) => values.length);

const LONG = 300_000;
const text = (letter: string): string => letter.repeat(LONG);
const json = (letter: string): string => JSON.stringify([text(letter)]);
const keyOf = (queue: string, id: string): string => `${context.prefix}:${queue}:${id}`;
const stagedOf = async (queue: string): Promise<string[]> =>
  (await context.redis.keys(`${context.prefix.replace(/[{}]/g, '?')}:${queue}*`)).filter((key) =>
    key.includes(':staged-'),
  );

/** A queue whose requests go through a proxy. */
async function throughProxy(name: string) {
  const proxy = await startFaultProxy(context.redisUrl);
  const queue = new Queue(name, { connection: proxy.url, prefix: context.prefix });
  cleanUpLater(() => queue.close());
  return { proxy, queue };
}

/** The commands that Redis runs while `act` runs: those of clients, and those of scripts. */
async function watched(act: () => Promise<unknown>) {
  const socket = connect(Number(new URL(context.redisUrl).port));
  const chunks: string[] = [];
  socket.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  socket.write('MONITOR\r\n');
  await eventually(() => chunks.join('').startsWith('+OK'));
  await act();
  await context.redis.echo('all seen');
  await eventually(() => chunks.slice(-3).join('').includes('"all seen"'));
  socket.destroy();
  const ofClients: string[][] = [];
  const ofScripts: string[][] = [];
  for (const line of chunks.join('').split('\r\n')) {
    const args = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, arg = '']) => arg);
    (line.includes(' lua] ') ? ofScripts : ofClients).push(args);
  }
  return { ofClients, ofScripts };
}

it('J4 long arguments arrive whole, and stand in the field of BullMQ', async () => {
  const queue = context.queue('whole');
  const job = await queue.put(work.job(text('a')));
  expect(await context.redis.hget(keyOf('whole', job.id), 'data')).toBe(json('a'));
  expect(await context.redis.pttl(keyOf('whole', job.id))).toBe(-1);
  expect((await queue.get(job.id))?.args).toEqual([text('a')]);
  expect((await queue.jobs({ status: 'pending' })).map(({ args }) => args)).toEqual([[text('a')]]);
  expect((await playDispatcher(context, 'whole').claimNow()).args).toBe(json('a'));
  expect(await stagedOf('whole')).toEqual([]);
});

it('J4 no script gets, reads or writes long arguments', async () => {
  const queue = context.queue('watched');
  const job = work.job(text('a'));
  const { ofClients, ofScripts } = await watched(async () => {
    await queue.put(job);
    await job.refresh();
    const claim = await playDispatcher(context, 'watched').claimNow();
    expect(claim.args).toBe(json('a'));
  });
  const calls = ofClients.filter(([name]) => /^eval/i.test(name ?? ''));
  expect(calls.length).toBeGreaterThanOrEqual(3);
  for (const args of calls) expect(args.slice(2).every(({ length }) => length < 1_000)).toBe(true);
  const key = keyOf('watched', job.id);
  const reads = ofScripts.filter((args) => args[1] === key);
  expect(reads.map(([name]) => name?.toLowerCase())).not.toContain('hgetall');
  expect(reads.filter(([name, , ...fields]) => name !== 'HDEL' && fields.includes('data'))).toEqual(
    [],
  );
});

it('Q1 jobs that are put in one turn keep their order, with long arguments or not', async () => {
  const queue = context.queue('order');
  const jobs = ['a', 'b', 'c'].map((letter, i) => work.job(i === 1 ? letter : text(letter)));
  await Promise.all(jobs.map((job) => queue.put(job)));
  const dispatcher = playDispatcher(context, 'order');
  for (const { id } of jobs) expect((await dispatcher.claimNow()).id).toBe(id);
});

it('Q1 many jobs whose arguments are long together are put in one step, in order', async () => {
  const queue = context.queue('many');
  const jobs = Array.from({ length: 30 }, (_, i) => work.job(i, 'x'.repeat(60_000)));
  const { ofClients } = await watched(() => queue.putAll(jobs));
  const calls = ofClients.filter(([name]) => /^eval/i.test(name ?? ''));
  const sizes = calls.map((args) => args.slice(2).join('').length);
  expect(Math.max(...sizes)).toBeLessThan(1_100_000);
  const { store } = playDispatcher(context, 'many');
  const seen: [string, string][] = [];
  for (let n = 0; seen.length < jobs.length; n++) {
    const tokens = Array.from({ length: 10 }, (_, i) => `a:1:${10 * n + i}`);
    const { claimed } = await store.hand({ ended: [], back: [], tokens });
    expect(claimed.length).toBeGreaterThan(0);
    for (const { job } of claimed) if (job) seen.push([job.id, job.args]);
  }
  expect(seen).toEqual(jobs.map(({ id, args }) => [id, JSON.stringify(args)]));
});

it.each(['lose request', 'lose reply'] as const)(
  'B3 a put of long arguments is done once: %s of its script',
  async (kind) => {
    const name = kind.replace(' ', '-');
    const { proxy, queue } = await throughProxy(name);
    const disturbed = proxy.next('putJobs', { kind });
    const [job] = await Promise.all([queue.put(work.job(text('a'))), disturbed]);
    expect((await job.refresh()).args).toEqual([text('a')]);
    const dispatcher = playDispatcher(context, name);
    expect((await dispatcher.claimNow()).args).toBe(json('a'));
    expect(await dispatcher.claim()).toBeUndefined();
    // The attempt that has stored nothing leaves its arguments, which expire.
    for (const key of await stagedOf(name))
      expect(await context.redis.pttl(key)).toBeGreaterThan(0);
  },
);

it('B3 a put whose long arguments Redis has refused is made again', async () => {
  const { proxy, queue } = await throughProxy('no-room');
  const refused = proxy.next(({ command }) => command === 'HSET', { kind: 'error', error: 'OOM' });
  const [job] = await Promise.all([queue.put(work.job(text('a'))), refused]);
  expect((await playDispatcher(context, 'no-room').claimNow()).id).toBe(job.id);
});

it('Q1 arguments that were sent and not put are no job', async () => {
  const queue = context.queue('left');
  const job = work.job(text('a'));
  const staged = `${keyOf('left', job.id)}:staged-1`;
  await context.redis.hset(staged, 'data', json('b'));
  expect(await queue.get(job.id)).toBeUndefined();
  expect([await queue.length(), await queue.jobs()]).toEqual([0, []]);
  await queue.put(job);
  expect((await job.refresh()).args).toEqual([text('a')]);
});

it('B3 a script stores none of its jobs where arguments that were sent before are gone', async () => {
  const keys = new LaneKeys(context.prefix, 'gone', 'main');
  const { store, claimNow } = playDispatcher(context, 'gone');
  await context.queue('gone').put(work.job());
  const claim = await claimNow();
  const parts = [work.job('short'), work.job(text('a'))].map(newStoredJob);
  const { redis } = context;
  const multi = redis.multi.bind(redis);
  // As if they had expired meanwhile.
  const lost = () => ({ hset: lost, pexpire: lost, exec: () => Promise.resolve([]) }) as never;
  redis.multi = lost;
  const schedule = { jobs: parts, inOrder: false, then: undefined };
  const refused = expect(store.schedule(claim, schedule, Date.now())).rejects.toThrow(/^GONE/);
  await refused.finally(() => (redis.multi = multi));
  for (const { id } of parts) expect(await redis.exists(keys.job(id))).toBe(0);
  await store.schedule(claim, schedule, Date.now());
  for (const { id } of parts) expect(await redis.exists(keys.job(id))).toBe(1);
});

it('O6 BullMQ’s own claim, of a limited lane, gives long arguments whole', async () => {
  const board = new BullQueue('limited', {
    connection: { url: context.redisUrl },
    prefix: context.prefix,
  });
  cleanUpLater(() => board.close());
  await board.setGlobalConcurrency(1);
  const job = await context.queue('limited').put(work.job(text('a')));
  const { ofScripts } = await watched(async () => {
    expect((await playDispatcher(context, 'limited').claimNow()).args).toBe(json('a'));
  });
  const reads = ofScripts.filter((args) => args[1] === keyOf('limited', job.id));
  expect(reads.map(([name]) => name?.toLowerCase())).not.toContain('hgetall');
});

it('J2 arguments become long, and short again', async () => {
  const queue = context.queue('updated');
  const job = await queue.put(work.job('short'));
  for (const args of [[text('a')], [text('b'), text('c')], ['short']]) {
    await job.update({ args });
    expect((await queue.get(job.id))?.args).toEqual(args);
  }
  await job.update({ args: [text('d')] });
  expect(await context.redis.pttl(keyOf('updated', job.id))).toBe(-1);
  const claim = await playDispatcher(context, 'updated').claimNow();
  expect(claim.args).toBe(json('d'));
  await expect(job.update({ args: [text('e')] })).rejects.toThrow(/is active/);
  expect((await queue.get(job.id))?.args).toEqual([text('d')]);
});

it('J2, B3 an update to long arguments whose reply is lost is done once', async () => {
  const { proxy, queue } = await throughProxy('update-lost');
  const job = await queue.put(work.job('short'));
  const disturbed = proxy.next('updateJob', { kind: 'lose reply' });
  await Promise.all([job.update({ args: [text('a')] }), disturbed]);
  expect((await playDispatcher(context, 'update-lost').claimNow()).args).toBe(json('a'));
});

it('Q3, J9 a removal leaves no key of a job with long arguments; pulled, it can be put again', async () => {
  const queue = context.queue('removed');
  const removed = await queue.put(work.job(text('a')));
  await queue.remove(removed);
  await queue.put(work.job(text('b')));
  const pulled = (await queue.pull()) as Job;
  const left = await context.redis.keys(`*removed:*${removed.id}*`);
  expect([...left, ...(await context.redis.keys(`*removed:${pulled.id}`))]).toEqual([]);
  await queue.put(pulled);
  expect((await playDispatcher(context, 'removed').claimNow()).args).toBe(json('b'));
});

it('J3 a long value and a long failure are read whole', async () => {
  const queue = context.queue('results');
  const jobs = await queue.putAll([work.job(1), work.job(2)]);
  const dispatcher = playDispatcher(context, 'results');
  await dispatcher.complete(await dispatcher.claimNow(), text('v'));
  await dispatcher.fail(await dispatcher.claimNow(), new RangeError(text('f')));
  const [value, failure] = await Promise.all(
    jobs.map(async ({ id }) => (await queue.get(id))?.result),
  );
  expect([value, (failure as Error).message]).toEqual([text('v'), text('f')]);
  const joined = await dispatcher.store.readJoined(
    jobs.map(({ id }) => id),
    'handles',
  );
  expect(joined.map((job) => job?.result)).toMatchObject([
    { value: JSON.stringify(text('v')) },
    { failure: { message: text('f') } },
  ]);
});

it('C1 results that are long together are joined, in order', async () => {
  const jobs = await context
    .queue('joined')
    .putAll(Array.from({ length: 12 }, (_, i) => work.job(i, 'x'.repeat(150_000))));
  const { store } = playDispatcher(context, 'joined');
  const names = jobs.map(({ id }) => id);
  const joined = await store.readJoined([...names, 'none'], 'handles');
  expect(joined.map((job) => job?.id)).toEqual([...names, undefined]);
  expect(joined.map((job) => job?.args.length)).toEqual([
    ...jobs.map(({ args }) => JSON.stringify(args).length),
    undefined,
  ]);
});

it('J6, J7 puts of a run, parts and callbacks have long arguments', async () => {
  const queue = context.queue('stored-by-runs');
  await queue.put(work.job('runs'));
  const { store, owner, claimNow } = playDispatcher(context, 'stored-by-runs');
  const claim = await claimNow();
  const part = work.job(text('p'));
  await part.addCallback(work.job(text('c')));
  const put = work.job(text('q'));
  const puts = [{ queue: 'stored-by-runs', job: newStoredJob(put) }];
  const schedule = { jobs: [newStoredJob(part)], inOrder: false, then: undefined, puts };
  await store.schedule(claim, schedule, Date.now());
  await store.suspend(claim, owner);
  const seen = [await claimNow(), await claimNow()];
  expect(seen.map(({ args }) => args)).toEqual([json('p'), json('q')]);
  await store.complete(seen[0] as never, '1', owner);
  expect((await claimNow()).args).toBe(json('c'));
});

it('C4 a part appends a job with long arguments, and the composite knows them', async () => {
  const name = 'appended';
  await context.queue(name).put(work.job('whole'));
  const { claimNow, owner, store } = playDispatcher(context, name);
  const whole = await claimNow();
  const parts = [newStoredJob(work.job('part'))];
  await store.schedule(whole, { jobs: parts, inOrder: false, then: undefined }, Date.now());
  await store.suspend(whole, owner);
  const more = newStoredJob(work.job(text('a')));
  const put = { queue: name, job: more, appendTo: keyOf(name, whole.id) };
  await store.complete(await claimNow(), '1', owner, [put]);
  const appended = await claimNow();
  expect([appended.id, appended.args]).toEqual([more.id, json('a')]);
  await store.complete(appended, '2', owner);
  expect((await claimNow()).appended).toMatchObject([{ id: more.id, args: json('a') }]);
});

it('J12 long arguments leave what was noted of a job before it was stored', async () => {
  const name = 'noted';
  const keys = new LaneKeys(context.prefix, name, 'main');
  await context.queue(name).put(work.job('origin'));
  const { store, owner, claimNow } = playDispatcher(context, name);
  const claim = await claimNow();
  const coming = work.job(text('a'));
  const callback = newStoredJob(work.job('callback') as Job);
  const added = addCallback(context.redis, keys, coming.id, callback, [keys.job(claim.id)]);
  expect(await added).toBe('added');
  await store.complete(claim, '1', owner, [{ queue: name, job: newStoredJob(coming) }]);
  const stored = await claimNow();
  expect([stored.id, stored.args]).toEqual([coming.id, json('a')]);
  await store.complete(stored, '2', owner);
  expect((await claimNow()).id).toBe(callback.id);
});

it('C5 a composite with very many parts is claimed with all names, and read without them', async () => {
  const name = 'names';
  const queue = context.queue(name);
  const whole = await queue.put(work.job('whole'));
  const { claimNow, schedule, store } = playPacks(context, name);
  const parts = Array.from({ length: 5_500 }, (_, i) => work.job(i));
  const claim = await claimNow();
  await schedule(claim, parts, { packed: true });
  const key = keyOf(name, whole.id);
  expect(await context.redis.hstrlen(key, 'manifest')).toBeGreaterThan(200_000);
  const { ofScripts } = await watched(() => whole.refresh());
  expect(whole.status).toBe('active');
  const fields = ofScripts.filter((args) => args[1] === key).flatMap((args) => args.slice(2));
  expect(fields).not.toContain('manifest');
  await store.retry(claim, 0, { policyData: {} });
  const again = await claimNow();
  expect([again.id, again.manifest?.jobs]).toEqual([whole.id, parts.map(({ id }) => id)]);
});
