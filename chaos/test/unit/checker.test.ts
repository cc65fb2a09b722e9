// The checker can fail: each thing that can go wrong with a job is found, and nothing is where all
// is well.
import type { Line, Put } from '../../history.js';
import { Run, plain, composed } from './checked-run.js';

it('a correct history has no violation', () => {
  expect([plain().found(), composed().found()]).toEqual([[], []]);
});

const plainly: [string, string, (run: Run) => unknown][] = [
  ['a job that is gone', 'lost', (run) => [run.stored.delete('a'), run.ends.delete('a')]],
  [
    'a job that has not ended',
    'lost',
    (run) => [delete run.fields('a')['finishedOn'], run.ends.delete('a')],
  ],
  ['a job that ended twice', 'doubled', (run) => run.end('a')],
  ['a result that was overwritten', 'J3', (run) => (run.fields('a')['returnvalue'] = '{}')],
  [
    'a job that failed though its task did not',
    'wrong end',
    (run) => [run.ends.clear(), run.finish('a', 'failed', 'lost')],
  ],
  ['a run after the one that was accepted', 'I5', (run) => run.start('a', 2)],
  ['a result of a run that was not the last', 'I5', (run) => (run.fields('a')['ats'] = '2')],
  [
    'a run that nothing explains',
    'doubled',
    (run) => [run.start('a', 2), run.ends.clear(), run.end('a', 2)],
  ],
  [
    'an interrupt that was not counted',
    'I4',
    (run) => run.stored.set('a.interrupt.1', { lane: 'system', queue: 'work', fields: {} }),
  ],
  ['an interrupt that was counted twice', 'I4', (run) => (run.fields('a')['interruptions'] = '1')],
];

it.each(plainly)('%s', (_, rule, spoil) => {
  const run = plain();
  spoil(run);
  expect(run.found()).toContain(`${rule} a`);
});

const parts = (run: Run) =>
  run.lines.find((line) => line.what === 'got') as Extract<Line, { what: 'got' }>;
const composedly: [string, string, (run: Run) => unknown][] = [
  [
    'parts in another order',
    'C1 all',
    (run) => (parts(run).parts = [...parts(run).parts].reverse()),
  ],
  ['a part that is missing', 'C1 all', (run) => (parts(run).parts = parts(run).parts.slice(1))],
  [
    'a part with another result',
    'C1 all',
    (run) => (run.fields('one')['returnvalue'] = '{"run":"one#1"}'),
  ],
  [
    'a part that began too early',
    'C1 all',
    (run) => ((run.lines.find((line) => 'job' in line && line.job === 'two') as Line).at = 0),
  ],
  ['a callback that never ran', 'J7 callback', (run) => run.ends.delete('callback')],
  [
    'a callback with another result',
    'J7 callback',
    (run) => (run.fields('all')['returnvalue'] = '{}'),
  ],
];

it.each(composedly)('%s', (_, found, spoil) => {
  const run = composed();
  spoil(run);
  expect(run.found()).toContain(found);
});

it('O3 a job that was retried may end once more, and must where the retry was acknowledged', () => {
  const run = plain();
  run.note({ what: 'retried', job: 'a', acknowledged: false });
  expect(run.found()).toEqual([]);
  run.start('a', 2);
  run.end('a', 2);
  expect(run.found()).toEqual([]);
  run.end('a', 2);
  expect(run.found()).toEqual(['doubled a']);
  const lost = plain();
  for (const acknowledged of [false, true]) lost.note({ what: 'retried', job: 'a', acknowledged });
  expect(lost.found()).toEqual(['doubled a']);
});

it('C4 a part that was appended and is not seen, or not there', () => {
  const run = composed();
  const part: Put = { id: 'more', name: 'more', kind: 'fast' };
  run.note({ what: 'appended', to: 'all', part, acknowledged: false });
  expect(run.found()).toEqual([]);
  run.note({ what: 'appended', to: 'all', part, acknowledged: true });
  expect(run.found()).toEqual(['C1 all']);
  const inside = composed();
  inside.start('child');
  inside.end('child');
  inside.note({ what: 'appended in run', to: 'all', child: 'child' });
  expect(inside.found()).toEqual(expect.arrayContaining(['C1 all']));
});

it('a put of a run that was not accepted, and one that is missing', () => {
  const run = plain();
  run.note({ what: 'put in run', job: 'a', run: 'a#0', child: 'stray' });
  run.finish('stray', 'completed', '{}');
  run.note({ what: 'put in run', job: 'a', run: 'a#1', child: 'missing' });
  expect(run.found()).toEqual(['J6 stray', 'J6 missing']);
});

it('C3, C4 an appended part may be missing only where its composite was aborted', () => {
  const run = plain();
  run.put({
    id: 'all',
    name: 'all',
    kind: 'serial',
    composite: { how: 'serial', stops: false, parts: [] },
  });
  run.note({ what: 'put in run', job: 'a', run: 'a#1', child: 'more' });
  run.note({ what: 'appended in run', to: 'all', child: 'more' });
  run.finish('all', 'completed', '[]');
  expect(run.found()).toContain('J6 more');
  run.fields('all')['failure'] = '{"name":"AbortedError"}';
  expect(run.found()).not.toContain('J6 more');
});

it('C4, O1 a part appended to a cancelled composite is missing only if the composite lists it', () => {
  const run = plain();
  run.put({
    id: 'all',
    name: 'all',
    kind: 'serial',
    composite: { how: 'serial', stops: false, parts: [] },
  });
  run.note({ what: 'put in run', job: 'a', run: 'a#1', child: 'more' });
  run.note({ what: 'appended in run', to: 'all', child: 'more' });
  run.finish('all', 'failed', 'cancelled', { failure: '{"name":"CancelledError"}' });
  expect(run.found()).toContain('J6 more');
  run.note({ what: 'cancelled', job: 'all', acknowledged: true });
  expect(run.found()).not.toContain('J6 more');
  run.fields('all')['appended:more'] = '1 {}';
  expect(run.found()).toContain('J6 more');
});

it('C4, O1 a part that could not append fails well only where its composite was cancelled', () => {
  const run = plain();
  const part: Put = { id: 'grows', name: 'grows', kind: 'appends' };
  run.put({
    id: 'all',
    name: 'all',
    kind: 'serial',
    composite: { how: 'serial', stops: false, parts: [part] },
  });
  run.finish('grows', 'failed', 'too late', { failure: '{"name":"BadStatusError"}' });
  run.finish('all', 'failed', 'cancelled', { failure: '{"name":"CancelledError"}' });
  expect(run.found()).toContain('wrong end grows');
  run.note({ what: 'cancelled', job: 'all', acknowledged: true });
  expect(run.found()).not.toContain('wrong end grows');
});

it('a `once` that gave two values', () => {
  const run = plain();
  for (const value of ['first', 'second'])
    run.note({ what: 'once gave', job: 'a', run: 'a#1', value });
  expect(run.found()).toEqual(['O5 a']);
});

it('a `once` whose function was called again when its value was stored', () => {
  const run = plain();
  run.note({ what: 'once called', job: 'a', run: 'a#1' });
  run.note({ what: 'once gave', job: 'a', run: 'a#1', value: 'a#1' });
  expect(run.found()).toEqual([]);
  run.start('a', 2);
  run.note({ what: 'once called', job: 'a', run: 'a#2' });
  expect(run.found()).toContain('O5 a');
});

it('a `once` of which two calls have put something that is there', () => {
  const run = plain();
  for (const n of [1, 2]) {
    run.note({ what: 'put in run', job: 'a', run: `a#${n}`, child: `child${n}`, once: true });
    expect(run.found()).not.toContain('O5 a');
    run.finish(`child${n}`, 'completed', '{}');
  }
  expect(run.found()).toContain('O5 a');
});

it('two runs at once under a quota of one', () => {
  const run = new Run();
  for (const id of ['a', 'b']) run.put({ id, name: id, kind: 'quota', quotas: ['one'] });
  for (const id of ['a', 'b']) run.start(id);
  for (const id of ['a', 'b']) run.end(id);
  expect(run.found()).toEqual(['Q5 b']);
});
