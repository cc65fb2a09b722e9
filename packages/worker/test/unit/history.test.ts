// The jobs in the history of a dispatcher, by a clock that the test sets (D8).
import type { ClaimedJob } from '@drover/core/internal';
import type { Committed, Outcome } from '../../src/activation/outcome.js';
import { START, Scene, DONE, FAILED, RETRY, WAITS } from './history-scene.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe('D8 jobs', () => {
  it('D8 a running and an ended job have times in ms, and no arguments or results', () => {
    const claim = {
      task: 'resize',
      lane: 'gpu',
      fence: 3,
      interruptions: 2,
      options: { quotas: ['disk'] },
      args: '["secret"]',
    };
    const run = scene.claim('a', claim);
    const common = {
      id: 'a',
      task: 'resize',
      queue: 'images',
      agent: 'main',
      lane: 'gpu',
      fence: 3,
      interruptions: 2,
    };
    const rest = { quotas: ['disk'], failure: undefined, poll: 1 };
    expect(scene.history.jobInfo('a')).toEqual({
      ...common,
      ...rest,
      state: 'active',
      started: undefined,
      ended: undefined,
    });
    scene.now += 10;
    scene.start(run);
    expect(scene.history.jobInfo('a')).toMatchObject({
      state: 'active',
      started: START + 10,
      ended: undefined,
    });
    scene.now += 5;
    scene.end(run, { kind: 'stored', outcome: DONE });
    expect(scene.history.jobInfo('a')).toEqual({
      ...common,
      ...rest,
      state: 'successful',
      started: START + 10,
      ended: START + 15,
    });
    expect(scene.history.jobInfo('b')).toBeUndefined();
  });

  it.each<[string, Committed, string, string | undefined]>([
    ['a value', { kind: 'stored', outcome: DONE }, 'successful', undefined],
    ['a failure', { kind: 'stored', outcome: FAILED }, 'failed', 'RangeError'],
    ['an error that is retried', { kind: 'stored', outcome: RETRY }, 'retried', 'TypeError'],
    ['jobs that it waits for', { kind: 'stored', outcome: WAITS }, 'waiting', undefined],
    ['a stop', { kind: 'left' }, 'interrupted', undefined],
    ['a refusal', { kind: 'reassigned' }, 'reassigned', undefined],
  ])('D8 a run that ends in %s has that state', (_, committed, state, failure) => {
    scene.end(scene.start(scene.claim('a')), committed);
    expect(scene.history.jobInfo('a')).toMatchObject({ state, failure, ended: START });
  });

  it.each<[string, Partial<ClaimedJob>, Outcome]>([
    ['not due, or that another process must run', {}, { kind: 'postponed', delay: 1 }],
    ['without a slot of its quota', {}, { kind: 'parked' }],
    ['that has its result, when its callbacks have ended', { result: { value: '7' } }, DONE],
  ])('D8 a job %s is not counted and has no info', (_, claim, outcome) => {
    scene.end(scene.claim('a', claim), { kind: 'stored', outcome });
    expect(scene.history.jobInfo('a')).toBeUndefined();
    expect(scene.history.statistics()).toMatchObject({
      started: 0,
      successful: { count: 0 },
      failed: { count: 0 },
    });
  });

  it('D8 a job that was retried or waited is one job, with the time of its first start', () => {
    scene.job('a', 10, RETRY);
    scene.job('a', 20, WAITS, { fence: 2 });
    scene.job('other');
    // The jobs that it waited for have ended; its task is not started again.
    const run = scene.claim('a', { fence: 3 });
    expect(scene.history.jobInfo('a')).toMatchObject({
      state: 'active',
      fence: 3,
      started: START,
      ended: undefined,
    });
    scene.now += 70;
    scene.end(run, { kind: 'stored', outcome: DONE });
    expect(scene.history.jobInfo('a')).toMatchObject({
      state: 'successful',
      fence: 3,
      started: START,
      ended: START + 100,
    });
    expect(scene.history.polls()[0]?.lanes[0]).toMatchObject({
      claimed: 4,
      jobs: ['a', 'other'],
      started: 3,
      successful: 2,
    });
  });

  it('D8 a job that runs again after an interrupt begins anew', () => {
    scene.end(scene.start(scene.claim('a')), { kind: 'left' });
    scene.now += 50;
    scene.job('a', 1, DONE, { fence: 2, interruptions: 1 });
    expect(scene.history.jobInfo('a')).toMatchObject({
      state: 'successful',
      interruptions: 1,
      started: START + 50,
    });
    expect(scene.history.statistics()).toMatchObject({
      unknown: { count: 1 },
      successful: { count: 1 },
    });
  });

  it('D8 a waiting job can be interrupted, and an ended one cannot', () => {
    scene.job('waits', 5, WAITS);
    scene.job('done');
    scene.now += 10;
    for (const id of ['waits', 'done', 'unknown']) scene.history.interrupted(id);
    expect(scene.history.jobInfo('waits')).toMatchObject({
      state: 'interrupted',
      ended: START + 15,
    });
    expect(scene.history.jobInfo('done')).toMatchObject({ state: 'successful' });
    expect(scene.history.statistics().unknown).toEqual({
      count: 1,
      shortest: { id: 'waits', duration: 15 },
      longest: { id: 'waits', duration: 15 },
    });
  });

  it('D8 the last 200 jobs are kept, beside the running ones', () => {
    scene.claim('runs');
    for (let i = 0; i < 1_000; i++) scene.job(`job-${i}`);
    const kept = Array.from({ length: 1_000 }, (_, i) => `job-${i}`).filter((id) =>
      scene.history.jobInfo(id),
    );
    expect(kept).toEqual(Array.from({ length: 200 }, (_, i) => `job-${800 + i}`));
    expect(scene.history.jobInfo('runs')?.state).toBe('active');
    expect(scene.history.polls()[0]?.lanes[0]?.jobs).toHaveLength(201);
    expect(scene.history.statistics()).toMatchObject({
      started: 1_000,
      successful: { count: 1_000 },
      active: { count: 1 },
    });
  });

  it('D8 a returned info or poll does not change afterwards', () => {
    scene.job('a');
    const [info, polls] = [scene.history.jobInfo('a'), scene.history.polls()];
    for (let i = 0; i < 300; i++) scene.job(`job-${i}`, 1, FAILED);
    expect(info).toMatchObject({ id: 'a', state: 'successful' });
    expect(polls[0]?.lanes[0]).toMatchObject({ jobs: ['a'], successful: 1, failed: 0 });
  });
});
