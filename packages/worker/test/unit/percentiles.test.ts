// Percentiles of waiting and running in the statistics, by a clock that the test sets (D8).
import type { Run } from '../../src/activation/activation.js';
import { DONE, FAILED, Scene } from './history-scene.js';

const SLICE = 10 * 60_000;

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
  scene.now = 100 * SLICE;
});

/** A job that waited and ran so many ms. */
function job(task: string, waited: number, duration: number, queue = 'images', agent = 'main') {
  const run: Run = scene.start(scene.claim(`${task} ${waited}`, { task }, queue, agent));
  run.waited = waited;
  scene.now += duration;
  scene.end(run, { kind: 'stored', outcome: DONE });
}

/** Right to one percent. */
function about(ms: number): unknown {
  return {
    asymmetricMatch: (found: unknown) => Math.abs(Number(found) - ms) <= ms / 100,
    toString: () => `about ${ms}`,
  };
}

it('D8 percentiles tell the jobs that wait and run long from the others, by task', () => {
  for (let i = 1; i <= 100; i++) job('resize', i, 10 * i);
  job('mail', 0, 0);
  const { waited, duration, tasks } = scene.history.statistics();
  expect(tasks).toEqual({
    resize: {
      waited: { count: 100, p50: about(50), p95: about(95), p99: about(99) },
      duration: { count: 100, p50: about(500), p95: about(950), p99: about(990) },
    },
    mail: {
      waited: { count: 1, p50: 0, p95: 0, p99: 0 },
      duration: { count: 1, p50: 0, p95: 0, p99: 0 },
    },
  });
  expect([waited?.count, waited?.p99]).toEqual([101, about(99)]);
  expect([duration?.count, duration?.p50]).toEqual([101, about(500)]);
});

it('D8 percentiles can be asked by queue and agent, and one task of several agents is one', () => {
  job('resize', 1, 1);
  job('resize', 3, 3, 'images', 'spare');
  job('mail', 5, 5, 'mails');
  const of = (filter: { queue?: string; agent?: string }) => {
    const { duration, tasks } = scene.history.statistics(filter);
    return [duration?.count, tasks.resize?.duration?.count, tasks.mail?.duration?.count];
  };
  expect(of({})).toEqual([3, 2, 1]);
  expect(of({ queue: 'images' })).toEqual([2, 2, undefined]);
  expect(of({ agent: 'spare' })).toEqual([1, 1, undefined]);
});

it('D8 percentiles are of jobs that have ended, with a value or a failure', () => {
  scene.job('fails', 5, FAILED);
  scene.end(scene.start(scene.claim('lost')), { kind: 'left' });
  scene.start(scene.claim('runs'));
  scene.end(scene.claim('late'), { kind: 'stored', outcome: FAILED });
  const { duration, waited, tasks } = scene.history.statistics();
  expect([duration, waited]).toEqual([{ count: 1, p50: 5, p95: 5, p99: 5 }, undefined]);
  expect(Object.keys(tasks)).toEqual(['task']);
});

it('D8 percentiles forget jobs that ended more than 10 to 20 minutes ago, and their tasks', () => {
  job('old', 1, 1);
  const count = () => scene.history.statistics().duration?.count;
  scene.now += SLICE;
  job('new', 1, 1);
  expect(count()).toBe(2);
  scene.now += SLICE;
  expect(count()).toBe(1);
  expect(Object.keys(scene.history.statistics().tasks)).toEqual(['new']);
  scene.now += 5 * SLICE;
  expect(scene.history.statistics()).toMatchObject({ waited: undefined, tasks: {} });
  // The system clock may be set back.
  scene.now = 0;
  job('again', 1, 1);
  expect(count()).toBe(1);
});

it('D8 percentiles of a hundred tasks are kept, and jobs of any others count in total', () => {
  for (let i = 0; i < 300; i++) job(`task-${i}`, 1, 1);
  const { duration, tasks } = scene.history.statistics();
  expect(duration?.count).toBe(300);
  expect(Object.keys(tasks)).toHaveLength(100);
});

it('D8 percentiles take times of any length, and tasks of any name', () => {
  job('__proto__', 1e12, 1e12);
  const { duration, tasks } = scene.history.statistics();
  expect(duration?.p50).toEqual(about(7 * 24 * 3_600_000));
  expect(Object.keys(tasks)).toEqual(['__proto__']);
});
