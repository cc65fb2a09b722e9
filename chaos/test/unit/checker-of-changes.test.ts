// The checker finds changes that do not hold: of agents (D9), pending jobs (Q12), many jobs (Q11)
// and pauses (O2); wrong priorities (Q7), timeouts (J10), middleware and meta (J11), and counts.
import type { AgentChange, Change, Put } from '../../history.js';
import { composed, plain, Run } from './checked-run.js';

const put = (id: string, more: Partial<Put> = {}): Put => ({ id, name: id, kind: 'fast', ...more });

/** A process whose agent has the size 1, with the runs of so many jobs in it. */
class Process extends Run {
  constructor() {
    super();
    this.note({ what: 'serves', uuid: 'u', queues: ['work'], agent: 'main', size: 1 });
  }

  begin(job: string): void {
    this.put(put(job));
    const run = { fence: 1, run: `${job}#1`, name: job, args: '[]' };
    const place = { queue: 'work', agent: 'main' };
    this.note({ what: 'start', job, task: 'chaos.work', ...run, ...place });
  }

  set(size: number, acknowledged = true): void {
    const change: AgentChange = { uuid: 'u', queue: 'work', agent: 'main', size };
    const call = `call${this.now}`;
    this.note({ what: 'agent', change, call, acknowledged: false });
    if (acknowledged) this.note({ what: 'agent', change, call, acknowledged: true });
  }

  exceeds(): boolean {
    return this.found().some((found) => found.startsWith('D9'));
  }
}

it('D9 a job that begins where as many run as the size allows', () => {
  const run = new Process();
  run.begin('a');
  expect(run.exceeds()).toBe(false);
  run.begin('b');
  expect(run.exceeds()).toBe(true);
});

it('D9 a larger size holds from its call on, a smaller one some time after', () => {
  const larger = new Process();
  larger.set(2, false);
  for (const job of ['a', 'b']) larger.begin(job);
  expect(larger.exceeds()).toBe(false);
  larger.begin('c');
  expect(larger.exceeds()).toBe(true);
  const smaller = new Process();
  smaller.begin('a');
  smaller.set(0);
  smaller.end('a');
  smaller.begin('b');
  expect(smaller.exceeds()).toBe(false);
  smaller.end('b');
  smaller.pass(10_000);
  smaller.begin('c');
  expect(smaller.exceeds()).toBe(true);
});

it('D9, D5 runs of the activation before are in no slot', () => {
  const run = new Process();
  run.begin('a');
  run.note({ what: 'event', event: 'deposed' });
  run.begin('b');
  expect(run.exceeds()).toBe(false);
});

it('D9 an agent that the process does not have, and another process has', () => {
  const run = new Process();
  run.note({ what: 'serves', uuid: 'v', queues: ['other'], agent: 'main', size: 1 }, 'another');
  run.begin('a');
  expect(run.exceeds()).toBe(false);
  const place = { queue: 'work', agent: 'main' };
  const start = { job: 'b', task: 'chaos.work', fence: 1, run: 'b#1', name: 'b', ...place };
  run.note({ what: 'start', ...start }, 'another');
  expect(run.exceeds()).toBe(true);
});

it('Q12 a change that was acknowledged, and does not hold', () => {
  const updated = (change: Change, args = '[]', more: Partial<Put> = {}): string[] => {
    const run = new Run();
    run.put(put('a', { args: '[]', ...more }));
    for (const acknowledged of [false, true])
      run.note({ what: 'updated', job: 'a', change, acknowledged });
    run.pass(100);
    run.start('a', 1, args);
    run.end('a');
    run.fields('a')['opts'] = '{"priority":2}';
    return run.found();
  };
  expect(updated({ args: '[2]' }, '[2]')).toEqual([]);
  expect(updated({ args: '[2]' })).toEqual(['Q12 a']);
  expect(updated({ args: '[2]' }, '[3]')).toEqual(['J12 a', 'Q12 a']);
  expect(updated({ priority: 2 })).toEqual([]);
  expect(updated({ priority: 3 })).toEqual(['Q12 a']);
  expect(updated({ after: 90 })).toEqual([]);
  expect(updated({ after: 300 })).toEqual(['Q12 a']);
  expect(updated({ after: 0 }, '[]', { due: { after: 9_000 } })).toEqual([]);
  expect(updated({}, '[]', { due: { after: 9_000 } })).toEqual(['Q2 a']);
});

it('Q11 a call that says another number than it has changed', () => {
  const retried = (...done: number[]): string[] => {
    const run = plain();
    run.note({ what: 'changed all', how: 'retry', jobs: ['a'] });
    run.start('a', 2);
    run.end('a', 2);
    for (const one of done) run.note({ what: 'changed all', how: 'retry', jobs: ['a'], done: one });
    return run.found();
  };
  expect(retried(1)).toEqual([]);
  expect(retried()).toEqual([]);
  expect(retried(0)).toEqual(['Q11 a']);
  expect(retried(2)).toEqual(['Q11 a']);
  const cancelled = new Run();
  cancelled.put(put('a'));
  cancelled.note({ what: 'changed all', how: 'cancel', jobs: ['a'] });
  cancelled.note({ what: 'changed all', how: 'cancel', jobs: ['a'], done: 1 });
  cancelled.finish('a', 'failed', 'cancelled', { failure: '{"name":"CancelledError"}' });
  expect(cancelled.found()).toEqual([]);
  cancelled.end('a');
  expect(cancelled.found()).toContain('Q11 a');
});

it('O2 a job that is claimed while its queue is paused', () => {
  const paused = (queue: string, more: Partial<Put> = {}): string[] => {
    const run = new Run();
    for (const acknowledged of [false, true]) run.note({ what: 'paused', queue, acknowledged });
    run.pass(200);
    run.whole(put('a', more));
    run.pass(200);
    run.note({ what: 'resumed', queue, acknowledged: false });
    return run.found();
  };
  expect(paused('other')).toEqual([]);
  expect(paused('work')).toEqual(['O2 a']);
  // Its end by `beginBy` is a claim too.
  expect(paused('work', { due: { by: 9_000 } })).toEqual([]);
});

it('Q7 a job that was claimed before another that stood in the lane before it', () => {
  const claimed = (order: string, priorities: Record<string, number>): string[] => {
    const run = new Run();
    for (const [id, priority] of Object.entries(priorities)) run.put(put(id, { priority }));
    for (const id of Object.keys(priorities)) run.move('waiting', id);
    for (const id of order) {
      run.move('active', id);
      run.start(id);
      run.end(id);
      run.fields(id)['opts'] = JSON.stringify({ priority: priorities[id] });
    }
    return run.found();
  };
  expect(claimed('bca', { a: 2, b: 1, c: 1 })).toEqual([]);
  expect(claimed('bac', { a: 2, b: 1, c: 1 })).toEqual(['Q7 a']);
  expect(claimed('cba', { a: 2, b: 1, c: 1 })).toEqual(['Q7 c']);
});

it('Q7 a job that has lost its priority', () => {
  const run = plain();
  run.put(put('a', { priority: 2 }));
  run.fields('a')['opts'] = '{"priority":2}';
  expect(run.found()).toEqual([]);
  run.fields('a')['opts'] = '{}';
  expect(run.found()).toEqual(['Q7 a']);
  run.note({ what: 'updated', job: 'a', change: { priority: 0 }, acknowledged: false });
  expect(run.found()).toEqual([]);
});

it('J10 a run that took too long and was accepted, and one that was ended too soon', () => {
  const timeout = (limit: number, takes: number) => put('a', { timeout: { limit, takes } });
  const ended = (of: Put): string[] => {
    const run = new Run();
    run.whole(of);
    return run.found();
  };
  expect(ended(timeout(500, 500))).toEqual([]);
  expect(ended(timeout(500, 900))).toEqual(['J10 a']);
  const timedOut = (after: number): string[] => {
    const run = new Run();
    run.put(timeout(500, 900));
    run.start('a');
    run.pass(after);
    run.finish('a', 'failed', 'late', { failure: '{"name":"TimeoutError"}' });
    return run.found();
  };
  expect(timedOut(500)).toEqual([]);
  expect(timedOut(300)).toEqual(['J10 a']);
});

it('J11 a run without its middleware, or with that in another order', () => {
  const within = (around: readonly string[], leaves: boolean): string[] => {
    const run = plain();
    for (const line of run.lines) if (line.what === 'start') line.around = around;
    if (leaves) run.note({ what: 'left', job: 'a', fence: 1 });
    return run.found();
  };
  expect(within(['outer', 'inner'], true)).toEqual([]);
  expect(within(['inner', 'outer'], true)).toEqual(['J11 a']);
  expect(within([], true)).toEqual(['J11 a']);
  expect(within(['outer', 'inner'], false)).toEqual(['J11 a']);
});

it('J11 parts, a postprocess, callbacks and puts of a run have the meta of their job', () => {
  const run = composed();
  for (const line of run.lines) if (line.what === 'put') line.put.tag = 't';
  run.note({ what: 'put in run', job: 'two', run: 'two#1', child: 'child' });
  run.start('child');
  run.end('child');
  for (const line of run.lines) if (line.what === 'start') line.tag = 't';
  expect(run.found()).toEqual([]);
  for (const line of run.lines) if (line.what === 'start') delete line.tag;
  const jobs = ['one', 'two', 'post', 'callback', 'child'];
  expect(run.found().sort()).toEqual(jobs.map((job) => `J11 ${job}`).sort());
});

it('C6 parts of a composite that are not counted once each, or are not completed any more', () => {
  const looked = (...counts: [completed: number, active: number, pending: number][]): string[] => {
    const run = composed();
    for (const [completed, active, pending] of counts) {
      const all = { parts: 2, completed, failed: 0, active, pending };
      run.note({ what: 'progress', of: 'all', counts: all });
    }
    return run.found();
  };
  expect(looked([0, 1, 1], [1, 1, 0], [2, 0, 0])).toEqual([]);
  expect(looked([1, 1, 1])).toEqual(['C6 all']);
  expect(looked([1, 1, 0], [0, 1, 1])).toEqual(['C6 all']);
});
