// Situations in which a job is not done, with real dispatchers and processes (O4).
import { defineRetryPolicy, defineTask, type Explanation, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import {
  because,
  call,
  encode,
  fail,
  passOn,
  prefix,
  processOf,
  put,
  queueNamed,
  redis,
  running,
  upload,
} from './explain-scene.js';
import { normal, pauseOnce } from '../kit/tasks.js';

/** What the page says of the situation, and how it comes about. */
export interface Situation {
  title: string;
  make: () => Promise<Explanation>;
}

const situation = (title: string, make: Situation['make']): Situation => ({ title, make });

const hereOnly = defineTask('videos.hereOnly', () => 1);
const hereOnlyPolicy = defineRetryPolicy('videos.hereOnlyPolicy', {
  jobError: () => false,
  commitError: () => false,
  interrupted: () => false,
});
const episode = pauseOnce.job(2);
const season = parallel([episode]);
const strangers = lazily(() => processOf('stopped'));

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const pending: Situation[] = [
  situation('The job was never put', async () => {
    const job = encode.job('video-1');
    call(job.id, 'video-1');
    return await because('videos', job, 'not-put');
  }),
  situation('The job was pulled out of its queue', async () => {
    const job = await put('idle', 'video-2', upload.job('video-2'));
    await queueNamed('idle').pull(0);
    return await because('idle', job.id, 'removed');
  }),
  situation('No dispatcher of the queue runs', async () => {
    const job = await put('idle', 'video-3', upload.job('video-3'));
    return await because('idle', job, 'lane-unserved');
  }),
  situation('No agent serves the lane', async () => {
    const job = await put('videos', 'video-4', upload.job('video-4'), { lane: 'gpu' });
    return await because('videos', job, 'lane-unserved');
  }),
  situation('The job is not due', async () => {
    const beginAfter = new Date('2099-01-01');
    const job = await put('videos', 'video-5', upload.job('video-5'), { beginAfter });
    return await because('videos', job, 'not-due');
  }),
  situation('The queue is paused', async () => {
    await queueNamed('paused').pause();
    const job = await put('paused', 'video-6', upload.job('video-6'));
    return await because('paused', job, 'paused');
  }),
  situation('The job did not begin in time, and no dispatcher runs', async () => {
    const job = await put('idle', 'video-7', upload.job('video-7'), { beginBy: 1 });
    return await because('idle', job, 'begin-by-passed');
  }),
  situation('The agents of the lane are busy', async () => {
    await running('narrow', 'video-8');
    await put('narrow', 'video-9', upload.job('video-9'));
    const job = await put('narrow', 'video-10', upload.job('video-10'));
    return await because('narrow', job, 'waits-for-agent');
  }),
  situation('A quota is full', async () => {
    await queueNamed('videos').quotas.create('disk', 1);
    await running('videos', 'video-11', { quotas: ['disk'] });
    const job = await put('videos', 'video-12', upload.job('video-12'), { quotas: ['disk'] });
    return await because('videos', job, 'quota-full');
  }),
  situation('The job with its key has not ended', async () => {
    const keyed = { key: 'invoice-42', whenTaken: 'after' } as const;
    await running('videos', 'video-13', keyed);
    const job = await put('videos', 'video-14', upload.job('video-14'), keyed);
    return await because('videos', job, 'key-taken');
  }),
  situation('The record of the job is damaged', async () => {
    const job = await put('odd', 'video-15', upload.job('video-15'), { beginAfter: 100 });
    await redis.hset(`${prefix}:odd:${job.id}`, 'data', 'no array');
    return await because('odd', job, 'set-aside');
  }),
];

const waiting: Situation[] = [
  situation(
    'The job runs',
    async () => await because('videos', await running('videos', 'video-16'), 'running'),
  ),
  situation('Parts of a parallel have not ended', async () => {
    const parts = [encode.job('disc-1'), upload.job('disc-2'), encode.job('disc-3')];
    parts.forEach(({ id }, i) => call(id, `disc-${i + 1}`));
    const whole = await put('album', 'box', parallel(parts));
    await parts[1]?.wait();
    for (const part of [parts[0], parts[2]]) await because('album', part as Job, 'running');
    return await because('album', whole, 'parts-left');
  }),
  situation('The turn of a later part of a serial has not come', async () => {
    const parts = [encode.job('take-1'), upload.job('take-2'), upload.job('take-3')] as const;
    parts.forEach(({ id }, i) => call(id, `take-${i + 1}`));
    await put('album', 'session', serial(parts));
    await because('album', parts[0], 'running');
    return await because('album', parts[2], 'waits-for-turn');
  }),
  situation('The postprocess of a composite runs', async () => {
    const mix = encode.job('mix');
    call(mix.id, 'mix');
    const whole = parallel([upload.job('a'), upload.job('b')], { postprocess: mix as Job });
    await put('album', 'mixed', whole);
    await because('album', mix, 'running');
    return await because('album', whole, 'postprocess-left');
  }),
  situation('The task has returned another job', async () => {
    const inner = encode.job('inner');
    call(inner.id, 'inner');
    const job = await put('album', 'outer', passOn.job(inner));
    await because('album', inner, 'running');
    return await because('album', job, 'waits-for-job');
  }),
  situation('A callback runs', async () => {
    const job = upload.job('video-17');
    const callback = await job.addCallback(encode.job('notice') as Job);
    call(callback.id, 'notice');
    await put('videos', 'video-17', job);
    await because('videos', callback, 'running');
    return await because('videos', job, 'callbacks-left');
  }),
  situation('The job of a callback has no result', async () => {
    const job = encode.job('video-18');
    const callback = await job.addCallback(upload.job('after') as Job);
    call(callback.id, 'after');
    await put('videos', 'video-18', job);
    await because('videos', job, 'running');
    return await because('videos', callback, 'waits-for-result');
  }),
  situation('The job has completed', async () => {
    const job = await put('videos', 'video-19', upload.job('video-19'));
    await job.wait();
    return await because('videos', job, 'completed');
  }),
  situation('The job has failed', async () => {
    const job = await put('videos', 'video-20', fail.job());
    return await because('videos', job, 'failed');
  }),
];

const processes: Situation[] = [
  situation('No process knows the task', async () => {
    strangers();
    const job = await put('stopped', 'video-21', hereOnly.job());
    return await because('stopped', job, 'unknown-task');
  }),
  situation('No process knows the retry policy', async () => {
    const retryPolicy = hereOnlyPolicy;
    const job = await put('stopped', 'video-22', normal.job(), { retryPolicy });
    return await because('stopped', job, 'unknown-policy');
  }),
  situation('The dispatcher stopped, and its job waits for a decision', async () => {
    const job = await put('stopped', 'video-23', pauseOnce.job(1));
    await put('stopped', 'season', season);
    await strangers().event('started', pauseOnce.name, 2);
    await because('stopped', season, 'parts-left');
    await strangers().end('SIGTERM');
    call(`${job.id}.interrupt.1`, 'video-23.interrupt.1');
    return await because('stopped', job, 'interrupt-pending');
  }),
  situation('The dispatcher of a composite stopped', async () => {
    call(`${season.id}.interrupt.1`, 'season.interrupt.1');
    call(episode.id, 'episode');
    const found = await because('stopped', season, 'parts-left');
    expect(found.interrupt).toMatchObject({ task: 'drover.handleInterrupt', status: 'pending' });
    return found;
  }),
  situation('The dispatcher was killed, and its job is not interrupted', async () => {
    const killed = processOf('killed');
    const job = await put('killed', 'video-24', pauseOnce.job(1));
    await killed.event('started', pauseOnce.name);
    await killed.end('SIGKILL');
    return await because('killed', job, 'dispatcher-gone');
  }),
  situation('The job was cancelled, and no dispatcher runs', async () => {
    const job = await put('idle', 'video-25', upload.job('video-25'));
    await job.cancel();
    call(`${job.id}.cancel.1`, 'video-25.cancel.1');
    return await because('idle', job, 'cancel-pending');
  }),
];

export const situations = [...pending, ...waiting, ...processes];
