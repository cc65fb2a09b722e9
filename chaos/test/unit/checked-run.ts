// Runs as they could have been, for the tests of the checker: each test changes one.
import { checkAgents } from '../../check/agents.js';
import { checkArguments, checkSameArguments } from '../../check/arguments.js';
import { checkCallbacks } from '../../check/callbacks.js';
import { checkComposites } from '../../check/composites.js';
import { checkEnds } from '../../check/ends.js';
import { Facts, type End, type Move, type Stored } from '../../check/facts.js';
import { checkHandles } from '../../check/handles.js';
import { checkKeys } from '../../check/keys.js';
import { checkMany } from '../../check/many.js';
import { checkMeta, checkMiddleware } from '../../check/middleware.js';
import { checkPauses } from '../../check/pauses.js';
import { checkPriorities } from '../../check/priorities.js';
import { checkProgress } from '../../check/progress.js';
import { checkOnce, checkPuts } from '../../check/puts.js';
import { checkQuotas } from '../../check/quotas.js';
import { checkRateLimits } from '../../check/rate-limits.js';
import { checkRuns } from '../../check/runs.js';
import { checkSchedules } from '../../check/schedules.js';
import { checkTimeouts } from '../../check/timeouts.js';
import { checkTimes } from '../../check/times.js';
import { checkUpdates } from '../../check/updates.js';
import { checkWaits, checkWaitsEnd } from '../../check/waits.js';
import type { Line, Note, Put } from '../../history.js';

const CHECKS = [
  checkEnds,
  checkRuns,
  checkComposites,
  checkCallbacks,
  checkPuts,
  checkOnce,
  checkQuotas,
  checkArguments,
  checkSameArguments,
  checkHandles,
  checkWaitsEnd,
  checkWaits,
  checkTimes,
  checkAgents,
  checkKeys,
  checkMany,
  checkMeta,
  checkMiddleware,
  checkPauses,
  checkPriorities,
  checkProgress,
  checkRateLimits,
  checkSchedules,
  checkTimeouts,
  checkUpdates,
];

/** A run as it could have been, to be changed by each test. */
export class Run {
  readonly lines: Line[] = [];
  readonly ends = new Map<string, End[]>();
  readonly stored = new Map<
    string,
    { lane: string; queue: string; fields: Record<string, string> }
  >();
  readonly moves: Move[] = [];
  #at = 0;

  note(note: Note, who = 'worker'): void {
    this.lines.push({ at: ++this.#at, who, ...note });
  }

  /** ms from the beginning to now. */
  get now(): number {
    return this.#at;
  }

  /** So many ms pass. */
  pass(ms: number): void {
    this.#at += ms;
  }

  put(put: Put): void {
    this.note({ what: 'put', acknowledged: true, put });
  }

  /** It comes into its lane, or is claimed. */
  move(event: Move['event'], job: string): void {
    this.moves.push({ event, job, at: ++this.#at });
  }

  /** A job that is put, claimed, run and ended. */
  whole(put: Put, fields: Record<string, string> = {}): void {
    this.put(put);
    const timestamp = String(++this.#at);
    this.move('waiting', put.id);
    this.move('active', put.id);
    this.start(put.id);
    this.end(put.id);
    Object.assign(this.fields(put.id), { timestamp, ...fields });
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
      queue: 'work',
      fields: { name: 'chaos.work', finishedOn: '1', ats: '1', ...result, ...fields },
    });
  }

  fields(job: string): Record<string, string> {
    return this.stored.get(job)?.fields ?? {};
  }

  found(): string[] {
    const stored = this.stored as ReadonlyMap<string, Stored>;
    const facts = new Facts(this.lines, this.ends, stored, 0, new Map([['main', this.moves]]));
    return CHECKS.flatMap((check) => check(facts)).map(({ rule, job }) => `${rule} ${job}`);
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
