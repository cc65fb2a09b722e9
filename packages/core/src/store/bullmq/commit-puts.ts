// The puts of a run, as a script call that stands in one MULTI with what commits the run (J6).
import type { NewStoredJob } from '../store.js';
import type { Alongside, ScriptCall } from './alongside.js';
import { LaneKeys } from './keys.js';
import { toEntry } from './put.js';

/** A job that a run has put: stored when the run commits. */
export interface RunPut {
  queue: string;
  job: NewStoredJob;
}

/** Puts before a finish, which is then sent under the token `heldUnder`: see there. */
export function putsBeforeFinish(
  keys: LaneKeys,
  claim: { id: string; token: string },
  puts: readonly RunPut[],
  heldUnder: string,
  now: number,
): Alongside {
  return { before: [call(keys, claim, puts, heldUnder, '', now)], heldUnder };
}

function call(
  keys: LaneKeys,
  { id, token }: { id: string; token: string },
  puts: readonly RunPut[],
  heldUnder: string,
  chunks: number | '',
  now: number,
): ScriptCall {
  const bases = new Map<string, string>();
  const args: (string | number)[] = [token, heldUnder, chunks, now];
  for (const { queue, job } of puts) {
    const place = `${queue}/${job.lane}`;
    const base = bases.get(place) ?? new LaneKeys(keys.prefix, queue, job.lane).base;
    bases.set(place, base);
    const { opts } = toEntry(job, now).job;
    args.push(base, job.id, job.task, job.args, JSON.stringify(opts), job.options.beginAfter ?? 0);
  }
  return { script: 'commitPuts', keys: [keys.job(id), keys.lock(id), keys.list('active')], args };
}
