// The checker finds keys that two jobs have (Q8), and times of schedules that are wrong (Q10).
import type { Put } from '../../history.js';
import { Run } from './checked-run.js';

const keyed = (id: string, key: string, whenTaken: Put['whenTaken'] = 'keep'): Put => ({
  ...{ id, name: id, kind: 'keyed', key },
  ...(whenTaken && { whenTaken }),
});

/** Two jobs of a key, one after the other. */
function pair(key: string, whenTaken?: Put['whenTaken']): Run {
  const run = new Run();
  for (const id of ['a', 'b']) run.whole(keyed(id, key, whenTaken));
  return run;
}

it('Q8 two unfinished jobs of a key', () => {
  expect(pair('single0').found()).toEqual([]);
  const early = pair('single0');
  early.fields('b')['timestamp'] = '3';
  expect(early.found()).toEqual(['Q8 b']);
  const waiting = pair('after0', 'after');
  waiting.fields('b')['timestamp'] = '3';
  expect(waiting.found()).toEqual([]);
  const claimed = pair('after0', 'after');
  claimed.moves.push({ event: 'active', job: 'b', at: 5 });
  expect(claimed.found()).toContain('Q8 b');
});

it('Q8 a second job of a key that lasts', () => {
  const run = new Run();
  run.whole(keyed('a', 'lasting0'));
  expect(run.found()).toEqual([]);
  run.whole(keyed('b', 'lasting0'));
  expect(run.found()).toEqual(['Q8 b']);
});

it('Q8 a put that was answered with another job, or refused, and is there', () => {
  const run = pair('single0');
  const answer = (id: string, instead: string): void =>
    run.note({ what: 'put', acknowledged: true, put: keyed(id, 'single0'), instead });
  answer('c', 'a');
  expect(run.found()).toEqual([]);
  answer('d', 'x');
  expect(run.found()).toEqual(['Q8 d']);
  answer('b', 'a');
  expect(run.found()).toEqual(['Q8 d', 'Q8 b']);
  const refused = pair('single0');
  refused.note({ what: 'refused', put: keyed('c', 'single0', 'refuse') });
  refused.note({ what: 'refused', put: keyed('b', 'single0', 'refuse') });
  expect(refused.found()).toEqual([]);
  refused.lines.splice(
    refused.lines.findIndex((line) => line.what === 'put' && line.put.id === 'b'),
    1,
  );
  expect(refused.found()).toEqual(['Q8 b']);
  refused.note({ what: 'refused', put: keyed('d', 'single0', 'keep') });
  expect(refused.found()).toContain('Q8 d');
});

it('Q8 a replaced job that runs with the arguments that it had before', () => {
  const replaced = (args: string): string[] => {
    const run = new Run();
    run.put({ ...keyed('a', 'single0'), args: '[1]' });
    const put: Put = { ...keyed('b', 'single0', 'replace'), args: '[2]' };
    run.note({ what: 'put', acknowledged: false, put });
    run.note({ what: 'put', acknowledged: true, put, instead: 'a' });
    run.move('active', 'a');
    run.start('a', 1, args);
    run.end('a');
    run.fields('a')['timestamp'] = '1';
    return run.found();
  };
  expect(replaced('[2]')).toEqual([]);
  expect(replaced('[1]')).toEqual(['Q8 a']);
  expect(replaced('[3]')).toEqual(['J12 a', 'Q8 a']);
});

it('Q8 a job that ended as one with its key, whose run is of none', () => {
  const run = pair('inRun0');
  run.note({ what: 'put in run', job: 'a', run: 'a#1', child: 'c', made: { key: 'inRun0' } });
  run.finish('c', 'completed', '{"run":"b#1"}', { manifest: '{}' });
  expect(run.found()).toEqual([]);
  run.fields('c')['returnvalue'] = '{"run":"x#1"}';
  expect(run.found()).toContain('Q8 c');
});

interface Shape {
  overlap?: 'allow' | 'skip';
  missed?: 'all' | 'latest';
  times?: readonly number[];
  next?: number;
  skipped?: number;
}

/** A schedule of 10 ms that is set at 100, with jobs that run for 4 ms. */
function scheduled(shape: Shape = {}): Run {
  const { overlap = 'allow', missed = 'all', times = [100, 110, 120], next = 130 } = shape;
  const run = new Run();
  run.pass(98);
  const schedule = { every: 10, overlap, missed, tag: 's' };
  for (const acknowledged of [false, true])
    run.note({ what: 'schedule set', name: 's', schedule, acknowledged });
  for (const [i, time] of times.entries()) {
    const id = `job${i}`;
    run.pass(Math.max(0, time - run.now));
    const timestamp = String(run.now);
    run.start(id);
    run.end(id);
    const opts = JSON.stringify({ schedule: { name: 's', time } });
    Object.assign(run.fields(id), { timestamp, opts });
  }
  run.note({ what: 'schedule ended', name: 's', next, skipped: shape.skipped ?? 0 });
  return run;
}

it('Q10 a time without a job, with two, off the grid, or too early', () => {
  expect(scheduled().found()).toEqual([]);
  expect(scheduled({ times: [100, 120] }).found()).toEqual(['Q10 undefined']);
  expect(scheduled({ times: [100, 120], missed: 'latest' }).found()).toEqual([]);
  expect(scheduled({ times: [100, 110, 110, 120], next: 140 }).found()).toEqual(['Q10 job2']);
  expect(scheduled({ times: [100, 115], missed: 'latest' }).found()).toEqual(['Q10 job1']);
  const early = scheduled();
  early.fields('job1')['timestamp'] = '109';
  expect(early.found()).toEqual(['Q10 job1']);
  expect(scheduled({ times: [200, 210, 220], next: 230 }).found()).toEqual(['Q10 undefined']);
});

it('Q10 a schedule that is gone, stands still, or puts a job of another', () => {
  const gone = scheduled();
  gone.lines.pop();
  gone.note({ what: 'schedule ended', name: 's' });
  expect(gone.found()).toEqual(['Q10 undefined']);
  const late = scheduled();
  late.lines.pop();
  late.note({ what: 'schedule ended', name: 's', next: 130, skipped: 0, late: true });
  expect(late.found()).toEqual(['Q10 undefined']);
  const other = scheduled();
  for (const line of other.lines) if (line.what === 'start') line.tag = 't';
  expect(new Set(other.found())).toEqual(new Set(['Q10 job0', 'Q10 job1', 'Q10 job2']));
});

it("Q10 a job beside the one before, with overlap 'skip', and one that was skipped for nothing", () => {
  expect(scheduled({ overlap: 'skip' }).found()).toEqual([]);
  const beside = scheduled({ overlap: 'skip' });
  beside.fields('job1')['timestamp'] = '102';
  expect(beside.found()).toContain('Q10 job1');
  const skips = { overlap: 'skip', times: [100, 140, 150], next: 160 } as const;
  expect(scheduled({ ...skips, skipped: 3 }).found()).toEqual([]);
  expect(scheduled(skips).found()).toEqual(['Q10 undefined']);
});
