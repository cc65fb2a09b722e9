// The checker can fail: each thing that can go wrong with a job is found, and nothing is where all
// is well.
import { checkArguments } from '../../check/arguments.js';
import { checkCallbacks } from '../../check/callbacks.js';
import { checkComposites } from '../../check/composites.js';
import { checkEnds } from '../../check/ends.js';
import { Facts, type End, type Stored } from '../../check/facts.js';
import { checkHandles } from '../../check/handles.js';
import { checkOnce, checkPuts } from '../../check/puts.js';
import { checkQuotas } from '../../check/quotas.js';
import { checkRuns } from '../../check/runs.js';
import { checkTimes } from '../../check/times.js';
import { checkWaits, checkWaitsEnd } from '../../check/waits.js';
import type { Line, Note, Put } from '../../history.js';

const FIRST = [
  checkEnds,
  checkRuns,
  checkComposites,
  checkCallbacks,
  checkPuts,
  checkOnce,
  checkQuotas,
];

/** A run as it could have been, to be changed by each test. */
class Run {
  readonly lines: Line[] = [];
  readonly ends = new Map<string, End[]>();
  readonly stored = new Map<string, { lane: string; fields: Record<string, string> }>();
  #at = 0;

  note(note: Note, who = 'worker'): void {
    this.lines.push({ at: ++this.#at, who, ...note });
  }

  /** So many ms pass. */
  pass(ms: number): void {
    this.#at += ms;
  }

  put(put: Put): void {
    this.note({ what: 'put', acknowledged: true, put });
  }

  start(job: string, fence = 1, args = '[]', name = job): void {
    this.note({
      what: 'start',
      job,
      task: 'chaos.work',
      fence,
      run: `${job}#${fence}`,
      name,
      args,
    });
  }

  /** Ends the run under that fence, which is accepted. */
  end(job: string, fence = 1): void {
    this.note({ what: 'end', job, fence, run: `${job}#${fence}` });
    this.finish(job, 'completed', JSON.stringify({ name: job, run: `${job}#${fence}`, fence }), {
      ats: String(fence),
    });
  }

  finish(
    job: string,
    event: End['event'],
    value: string,
    fields: Record<string, string> = {},
  ): void {
    this.ends.set(job, [...(this.ends.get(job) ?? []), { event, value, at: `${++this.#at}-0` }]);
    const result: Record<string, string> =
      event === 'completed' ? { returnvalue: value } : { failedReason: value };
    this.stored.set(job, {
      lane: 'main',
      fields: { name: 'chaos.work', finishedOn: '1', ats: '1', ...result, ...fields },
    });
  }

  fields(job: string): Record<string, string> {
    return this.stored.get(job)?.fields ?? {};
  }

  found(): string[] {
    const facts = new Facts(this.lines, this.ends, this.stored as ReadonlyMap<string, Stored>);
    return [...FIRST, checkArguments, checkHandles, checkWaitsEnd, checkWaits, checkTimes]
      .flatMap((check) => check(facts))
      .map(({ rule, job }) => `${rule} ${job}`);
  }
}

/** One job that was put, run and ended. */
function plain(): Run {
  const run = new Run();
  run.put({ id: 'a', name: 'a', kind: 'fast' });
  run.start('a');
  run.end('a');
  return run;
}

/** A parallel of two parts with a postprocess, and one callback. */
function composed(): Run {
  const run = new Run();
  const part = (id: string): Put => ({ id, name: id, kind: 'fast' });
  const composite = {
    how: 'serial',
    stops: false,
    parts: [part('one'), part('two')],
    postprocess: 'post',
  } as const;
  run.put({ id: 'all', name: 'all', kind: 'serial', composite, callbacks: ['callback'] });
  for (const id of ['one', 'two']) {
    run.start(id);
    run.end(id);
  }
  run.start('post');
  const value = (id: string) => ({ name: id, run: `${id}#1`, fence: 1 });
  const parts = ['one', 'two'].map((id) => ({ id, result: value(id) }));
  run.note({ what: 'got', job: 'post', run: 'post#1', parts });
  run.end('post');
  run.start('callback');
  run.note({ what: 'got result', job: 'callback', run: 'callback#1', result: value('post') });
  run.end('callback');
  run.finish('all', 'completed', JSON.stringify(value('post')), {
    manifest: '{}',
    ranCallbacks: '[]',
  });
  return run;
}

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
    (run) => run.stored.set('a.interrupt.1', { lane: 'system', fields: {} }),
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

it('J12 a body that runs with other arguments, or with none', () => {
  const made = (args: string): Run => {
    const run = new Run();
    run.put({ id: 'a', name: 'a', kind: 'fast', args });
    run.start('a');
    run.end('a');
    return run;
  };
  expect(made('[]').found()).toEqual([]);
  expect(made('[1]').found()).toEqual(['J12 a']);
  const inRun = plain();
  inRun.note({ what: 'made', child: 'a', made: { args: '[1]' } });
  expect(inRun.found()).toEqual(['J12 a']);
  const unknown = new Run();
  unknown.put({ id: 'a', name: 'a', kind: 'fast' });
  unknown.start('a', 1, '[null]', 'nothing');
  unknown.end('a');
  expect(unknown.found()).toEqual(['J12 a']);
  const changing = plain();
  changing.start('a', 0, '[2]');
  expect(changing.found()).toContain('J12 a');
});

it('J12 a job that is removed and runs, or is there', () => {
  const run = new Run();
  run.put({ id: 'a', name: 'a', kind: 'passed' });
  run.note({ what: 'removed', job: 'a', acknowledged: false });
  run.start('a');
  run.note({ what: 'removed', job: 'a', acknowledged: true });
  expect(run.found()).toEqual([]);
  run.pass(100);
  run.start('a', 2);
  expect(run.found()).toEqual(['J12 a']);
  const there = plain();
  there.note({ what: 'removed', job: 'a', acknowledged: true });
  expect(there.found()).toEqual(['J12 a']);
});

/** A job that goes on with that of plain(), and ended as given. */
function following(event: End['event'], value: string, failure?: string): Run {
  const run = plain();
  run.put({ id: 'f', name: 'f', kind: 'passes' });
  run.start('f');
  run.note({ what: 'follows', job: 'f', run: 'f#1', of: 'a' });
  run.finish(
    'f',
    event,
    value,
    failure === undefined ? { manifest: '{}' } : { failure: JSON.stringify({ name: failure }) },
  );
  return run;
}

it('J12 a job that goes on with another and ends otherwise', () => {
  const right = following('completed', JSON.stringify({ name: 'a', run: 'a#1', fence: 1 }));
  expect(right.found()).toEqual([]);
  expect(following('completed', '{"run":"b#1"}').found()).toEqual(['J12 f']);
  expect(following('failed', 'gone', 'RemovedError').found()).toContain('J12 f');
  const removed = following('failed', 'gone', 'RemovedError');
  for (const lines of [removed.stored, removed.ends]) lines.delete('a');
  removed.note({ what: 'removed', job: 'a', acknowledged: true });
  expect(removed.found()).toEqual([]);
  const madeAnew = following('completed', '{"run":"a#1"}');
  for (const lines of [madeAnew.stored, madeAnew.ends]) lines.delete('a');
  madeAnew.note({ what: 'removed', job: 'a', acknowledged: true });
  expect(madeAnew.found()).toEqual(['J12 f']);
});

it('J12 a wait that never ends, or ends otherwise than its job', () => {
  const run = plain();
  run.note({ what: 'waits', job: 'a' }, 'producer');
  expect(run.found()).toEqual(['J12 a']);
  run.note({ what: 'waited', job: 'a', with: 'a#1' }, 'producer');
  expect(run.found()).toEqual([]);
  run.note({ what: 'waited', job: 'a', with: 'RemovedError DROVER_REMOVED' });
  expect(run.found()).toEqual(['J12 a']);
  const never = new Run();
  never.note({ what: 'waited', job: 'b', with: 'BadStatusError DROVER_BAD_STATUS' });
  expect(never.found()).toEqual([]);
  never.note({ what: 'waited', job: 'b', with: 'closed' }, 'worker-0.1');
  expect(never.found()).toEqual([]);
  never.note({ what: 'waited', job: 'b', with: 'TimeoutError DROVER_TIMEOUT' });
  expect(never.found()).toEqual(['J12 b']);
});

it('J12 the queue of the producer is closed by nothing', () => {
  const run = new Run();
  run.note({ what: 'waited', job: 'c', with: 'closed' }, 'producer');
  expect(run.found()).toEqual(['J12 c']);
});

it('Q2 a job that begins before its time, or after its beginBy, or is ended by that too soon', () => {
  const due = (ms: number, by?: number): Run => {
    const run = new Run();
    run.put({
      id: 'a',
      name: 'a',
      kind: 'due',
      due: { after: 1_000, ...(by !== undefined && { by }) },
    });
    run.pass(ms);
    return run;
  };
  const begun = (ms: number, by?: number): string[] => {
    const run = due(ms, by);
    run.start('a');
    run.end('a');
    return run.found();
  };
  expect(begun(1_000)).toEqual([]);
  expect(begun(900)).toEqual(['Q2 a']);
  expect(begun(3_600_000)).toEqual([]);
  expect(begun(2_500, 1_000)).toEqual([]);
  expect(begun(6_000, 1_000)).toEqual(['Q2 a']);
  const ended = (ms: number): string[] => {
    const run = due(ms, 1_000);
    run.finish('a', 'failed', 'late', { failure: '{"name":"TimeoutError"}' });
    return run.found();
  };
  expect(ended(2_000)).toEqual([]);
  expect(ended(1_900)).toEqual(['Q2 a']);
});

it('Q2 a job that is tried again before its policy said', () => {
  const tried = (ms: number): string[] => {
    const run = new Run();
    run.put({ id: 'a', name: 'a', kind: 'retrying later' });
    run.start('a');
    run.note({ what: 'end', job: 'a', fence: 1, run: 'a#1', threw: 'RetryableError' });
    run.pass(ms);
    run.start('a', 2);
    run.end('a', 2);
    Object.assign(run.fields('a'), { retries: '1' });
    return run.found();
  };
  expect(tried(1_500)).toEqual([]);
  expect(tried(1_000)).toEqual(['Q2 a']);
});
