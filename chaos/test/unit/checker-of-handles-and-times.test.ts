// The checker finds arguments, handles, waits and times that are wrong (J12, Q2).
import { Run, plain, following } from './checked-run.js';

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
