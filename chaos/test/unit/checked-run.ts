// Runs as they could have been, for the tests of the checker: each test changes one.
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
export class Run {
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
export function plain(): Run {
  const run = new Run();
  run.put({ id: 'a', name: 'a', kind: 'fast' });
  run.start('a');
  run.end('a');
  return run;
}

/** A parallel of two parts with a postprocess, and one callback. */
export function composed(): Run {
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

/** A job that goes on with that of plain(), and ended as given. */
export function following(event: End['event'], value: string, failure?: string): Run {
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
