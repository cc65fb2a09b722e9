// `queue.explain` in states that docs/guides/explain.md does not show: jobs that are not stored,
// parts, packs, long queues (O4).
import { defineTask, joinJobs, local, type Explanation, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { packsIn } from '../kit/packs.js';
import {
  because,
  context,
  dispatcher,
  encode,
  prefix,
  put,
  queueNamed,
  redis,
  running,
  upload,
} from './explain-scene.js';

const explain = async (queue: string, job: Job | string) => await queueNamed(queue).explain(job);
const told: Explanation[] = [];
const puts = defineTask('explain.puts', async () => {
  const job = await local.getQueue().put(upload.job('inner'));
  told.push(await local.getQueue().explain(job));
});
/** What a run has put that failed: a job, and a part. */
const dropped: Job[] = [];
const drops = defineTask('explain.drops', async () => {
  const part = upload.job('part');
  dropped.push(await local.getQueue().put(upload.job('dropped')), part);
  await local.getQueue().put(parallel([part]));
  throw new Error('no');
});
/** The parts of `pausing`. */
const parts = Array.from({ length: 40 }, (_, i) => upload.job(`${i}`) as Job);
/** Pauses its queue, and waits for its parts. */
const pausing = defineTask('explain.pausing', async () => {
  await local.getQueue().pause();
  return joinJobs(parts, { packed: true });
});
const done = async (job: Job): Promise<unknown> => await job.wait({ timeout: 20_000 });

beforeAll(async () => await dispatcher.activate());

describe('a job that is not stored', () => {
  it('O4, J6 was put by a task that still runs', async () => {
    const job = await put('videos', 'puts', puts.job());
    await done(job);
    expect(told[0]).toMatchObject({ reason: 'put-not-committed', by: job.id });
  });

  it('O4, J6 was put by a run that has failed', async () => {
    const job = await put('videos', 'drops', drops.job());
    await expect(done(job)).rejects.toThrow('no');
    for (const one of dropped)
      expect(await explain('videos', one)).toMatchObject({ reason: 'not-put' });
    expect(dropped).toHaveLength(2);
  });

  it('O4, J12 comes with its composite, or never does', async () => {
    const part = upload.job('part');
    const whole = await put('idle', 'whole', parallel([part]));
    const found = await because('idle', part, 'not-stored-yet');
    expect(found.origin).toMatchObject({
      id: whole.id,
      status: 'pending',
      task: 'drover.parallel',
    });
    await queueNamed('idle').remove(whole as Job);
    expect(await explain('idle', part)).toMatchObject({
      reason: 'never-stored',
      origin: { id: whole.id, status: 'gone' },
    });
  });

  it('O4, Q8 gave its arguments to the job with its key', async () => {
    const first = await put('idle', 'first', upload.job('first'), { key: 'k' });
    const second = upload.job('second');
    await queueNamed('idle').put(second, { key: 'k', whenTaken: 'replace' });
    expect(await explain('idle', second.id)).toMatchObject({ reason: 'replaced', by: first.id });
    expect(await explain('idle', second)).toMatchObject({ reason: 'not-put' });
  });

  it('O4, B2 was removed, or its id is none', async () => {
    const job = await put('idle', 'removed', upload.job('removed'));
    await queueNamed('idle').remove(job);
    const removed = { id: job.id, reason: 'removed', queue: 'idle', pulled: false };
    expect(await explain('idle', job.id)).toMatchObject({ ...removed, task: undefined });
    const wrong = { code: 'DROVER_INVALID_ARGUMENT' };
    for (const id of ['no id', '', 7, undefined, {}])
      await expect(explain('idle', id as string)).rejects.toMatchObject(wrong);
  });
});

describe('parts', () => {
  it('O4, C1 a postprocess waits for the parts, and a callback for the one before it', async () => {
    const [part, then] = [encode.job('part'), upload.job('then') as Job];
    const first = await then.addCallback(upload.job('first') as Job);
    const whole = await put('album', 'turns', parallel([part], { postprocess: then }));
    await because('album', part, 'running');
    const turn = await because('album', then, 'waits-for-turn');
    expect(turn).toMatchObject({ role: 'postprocess', of: { id: whole.id }, left: 1 });
    expect(turn.after).toMatchObject([{ id: part.id, status: 'active' }]);
    expect(await explain('album', first)).toMatchObject({
      reason: 'waits-for-result',
      of: { id: then.id, status: 'new' },
    });
    await part.cancel();
    await done(whole as Job);
    const job = upload.job('called');
    const callbacks = [encode.job('one'), upload.job('two')].map((callback) => callback as Job);
    for (const callback of callbacks) await job.addCallback(callback);
    await put('album', 'called', job);
    await because('album', callbacks[0] as Job, 'running');
    const second = await because('album', callbacks[1] as Job, 'waits-for-turn');
    expect(second).toMatchObject({ role: 'callback', of: { id: job.id } });
    expect(second.after).toMatchObject([{ id: callbacks[0]?.id, status: 'active' }]);
    expect(await explain('album', job)).toMatchObject({ reason: 'callbacks-left', left: 2 });
  });

  it('O4, C5 packed parts of a parallel are explained as other jobs', async () => {
    const whole = await put('odd', 'packed', pausing.job());
    const found = await because('odd', whole, 'parts-left');
    expect(found).toMatchObject({ left: 40, total: 40, isAtLeast: false });
    expect(found.parts.map(({ id, status }) => [id, status])).toEqual(
      parts.slice(0, 10).map(({ id }) => [id, 'pending']),
    );
    expect(found.sentence).toMatch(/waits for 40 of 40 parts: .*: pending; and more\./);
    expect((await packsIn(context, 'odd')).length).toBeGreaterThan(0);
    const { id } = parts[39] as Job;
    expect(await explain('odd', id)).toMatchObject({ reason: 'paused', id, task: upload.name });
    await queueNamed('odd').resume();
    await done(whole);
    expect(await explain('odd', id)).toMatchObject({ reason: 'completed', id });
  });

  it('O4, C5 packed steps of a serial wait for the step before them', async () => {
    const steps = [upload.job('0'), encode.job('1'), upload.job('2'), upload.job('3')];
    const whole = await put('album', 'steps', serial(steps, { packed: true }));
    const found = await because('album', steps[3] as Job, 'waits-for-turn');
    await because('album', steps[1] as Job, 'running');
    expect(found).toMatchObject({ role: 'part', of: { id: whole.id } });
    const left = await because('album', whole as Job, 'parts-left');
    expect(left).toMatchObject({ left: 3, total: 4, parts: [{ id: steps[1]?.id }] });
    expect(await explain('album', steps[0] as Job)).toMatchObject({ reason: 'completed' });
    await whole.cancel();
  });

  it('O4, O1 a later part that was cancelled says how it will end', async () => {
    const steps = [encode.job('0'), upload.job('1')] as const;
    await put('album', 'marked', serial(steps));
    await because('album', steps[1], 'waits-for-turn');
    await steps[1].cancel('not needed');
    const found = await explain('album', steps[1]);
    expect(found).toMatchObject({ verdict: { why: 'cancelled', message: 'not needed' } });
    expect(found.sentence).toContain('It was cancelled (not needed), and ends');
    await steps[0].cancel();
  });
});

describe('a queue', () => {
  it('O4 more than a thousand jobs before it are not counted', async () => {
    const many = Array.from({ length: 1_100 }, (_, i) => upload.job(`${i}`) as Job<unknown, []>);
    const queue = queueNamed('narrow');
    await running('narrow', 'busy');
    await queue.putAll(many);
    const before = async (i: number) =>
      (await because('narrow', many[i] as Job, 'waits-for-agent')).before;
    expect([await before(0), await before(999), await before(1_000)]).toEqual([0, 999, undefined]);
    const { id } = many[1_000] as Job;
    await redis.rpush(`${prefix}:narrow:wait`, id);
    expect(await before(1_000)).toBe(0);
    const options = { priority: 5 };
    const last = await put('narrow', 'last', upload.job('last'), options);
    await put('narrow', 'later', upload.job('later'), options);
    const later = await put('narrow', 'sooner', upload.job('sooner'), { priority: 4 });
    const behind = await because('narrow', last, 'waits-for-agent');
    expect(behind.before).toBe(1_102);
    expect(await explain('narrow', later)).toMatchObject({ before: 1_101 });
    await queue.drain();
  });
});

describe('a wait', () => {
  it('O4 that ends by its timeout says why', async () => {
    const job = await put('idle', 'late', upload.job('late'), { lane: 'gpu' });
    const late = job.wait({ timeout: 1 });
    await expect(late).rejects.toMatchObject({
      code: 'DROVER_TIMEOUT',
      message: expect.stringMatching(
        /not there after 1 ms\. Job .* no active agent serves the lane `gpu` .*\. Start a/,
      ),
    });
  });
});
