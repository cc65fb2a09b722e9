// All that is known of a run, joined by job: what processes wrote down, BullMQ's event streams, and
// the final state.
import type { Line, Made, Put } from '../history.js';

/** The end of a job, as BullMQ's event stream tells it. */
export interface End {
  event: 'completed' | 'failed';
  value: string;
  /** The id in the stream: ms of the server's clock, and a number. */
  at: string;
}

/** A job comes into its lane, or is claimed, as BullMQ's event stream tells it. */
export interface Move {
  event: 'waiting' | 'active';
  job: string;
  /** ms since 1970, of Redis's clock. */
  at: number;
}

/** A job as it is stored at the end. */
export interface Stored {
  lane: string;
  /** Of its queue. */
  queue?: string;
  fields: Readonly<Record<string, string>>;
}

export type Start = Extract<Line, { what: 'start' }>;

export interface JobFacts {
  id: string;
  put?: Put;
  /** As it was made, by whom ever. */
  made?: Made;
  /** Its put was acknowledged, or that of what it belongs to. */
  acknowledged: boolean;
  /** The composite that it is a part of. */
  parent?: string;
  starts: Start[];
  lines: Line[];
  ends: End[];
  /** When it was claimed: ms since 1970, of Redis's clock. */
  claims: number[];
  stored?: Stored;
  /** Somebody asked for its cancelling, or for that of what it belongs to. */
  cancelled: boolean;
  /** How often a retry of it was tried from outside, and how often that was acknowledged. */
  retried: { tried: number; acknowledged: number };
  /** When its removal was tried first, and when that was acknowledged. */
  removed?: { tried: number; acknowledged?: number };
  /** The ids of the jobs with whose handles this job's runs went on. */
  follows: string[];
}

export class Facts {
  readonly jobs = new Map<string, JobFacts>();

  constructor(
    readonly lines: readonly Line[],
    ends: ReadonlyMap<string, End[]>,
    stored: ReadonlyMap<string, Stored>,
    /** Redis's time, in ms since 1970, at the moment from which the lines count their times. */
    readonly redisClock = 0,
    /** By lane, in order. */
    readonly moves: ReadonlyMap<string, readonly Move[]> = new Map(),
  ) {
    for (const line of lines) this.#add(line);
    for (const [id, its] of ends) this.of(id).ends = its;
    for (const [id, its] of stored) this.of(id).stored = its;
    for (const lane of moves.values())
      for (const { event, job, at } of lane) if (event === 'active') this.of(job).claims.push(at);
  }

  of(id: string): JobFacts {
    let facts = this.jobs.get(id);
    if (!facts) {
      facts = {
        id,
        acknowledged: false,
        starts: [],
        lines: [],
        ends: [],
        claims: [],
        cancelled: false,
        retried: { tried: 0, acknowledged: 0 },
        follows: [],
      };
      this.jobs.set(id, facts);
    }
    return facts;
  }

  /** Lines of one kind. */
  all<W extends Line['what']>(what: W): Extract<Line, { what: W }>[] {
    return this.lines.filter((line): line is Extract<Line, { what: W }> => line.what === what);
  }

  #add(line: Line): void {
    if ('job' in line && line.job) this.of(line.job).lines.push(line);
    if (line.what === 'start') this.of(line.job).starts.push(line);
    if (line.what === 'put') this.#addPut(line.put, line.acknowledged && !line.instead);
    if (line.what === 'changed all' && line.done === undefined)
      for (const id of line.jobs) this.#addChange(line.how, this.of(id));
    if (line.what === 'cancelled') this.of(line.job).cancelled = true;
    if (line.what === 'retried')
      this.of(line.job).retried[line.acknowledged ? 'acknowledged' : 'tried']++;
    if (line.what === 'removed') {
      const { tried, acknowledged } = this.of(line.job).removed ?? { tried: line.at };
      this.of(line.job).removed = {
        tried,
        ...((line.acknowledged || acknowledged) && { acknowledged: acknowledged ?? line.at }),
      };
    }
    if (line.what === 'follows') this.of(line.job).follows.push(line.of);
    if ((line.what === 'made' || line.what === 'put in run') && line.made)
      this.of(line.child).made = line.made;
    if (line.what === 'appended') this.#addPut(line.part, line.acknowledged, line.to);
    if (line.what === 'appended in run') this.of(line.child).parent = line.to;
  }

  #addChange(how: 'retry' | 'cancel', job: JobFacts): void {
    if (how === 'cancel') job.cancelled = true;
    else job.retried.tried++;
  }

  #addPut(put: Put, acknowledged: boolean, parent?: string): void {
    const facts = this.of(put.id);
    facts.put = facts.made = put;
    facts.acknowledged ||= acknowledged;
    if (parent !== undefined) facts.parent = parent;
    for (const part of put.composite?.parts ?? []) this.#addPut(part, acknowledged, put.id);
  }
}

/** The run whose result a job ended with. */
export function acceptedRun({ stored }: JobFacts): string | undefined {
  const value = parse(stored?.fields['returnvalue']) as { run?: unknown } | null | undefined;
  return typeof value?.run === 'string' ? value.run : undefined;
}

/** How it ended in the end: a job that was retried has ended before. */
export function endOf({ ends }: JobFacts): End | undefined {
  return ends.at(-1);
}

/** How often a retry of it was tried, or of what it belongs to. */
export function triedRetries(job: JobFacts, facts: Facts): number {
  let tried = 0;
  for (let above: JobFacts | undefined = job; above; above = aboveOf(above, facts))
    tried += above.retried.tried;
  return tried;
}

/** The job above it: a composite, a job with callbacks, or one that waits for it. */
export function aboveOf({ parent, stored }: JobFacts, facts: Facts): JobFacts | undefined {
  if (parent !== undefined) return facts.jobs.get(parent);
  const { id, of } = (parse(stored?.fields['parent']) ?? {}) as { id?: string; of?: string };
  const key = of ?? id ?? stored?.fields['callbackOf'];
  return key === undefined ? undefined : facts.jobs.get(key.slice(key.lastIndexOf(':') + 1));
}

/** The name of the failure that it ended with. */
export function failureOf({ stored }: JobFacts): string | undefined {
  const failure = parse(stored?.fields['failure']) as { name?: string } | undefined;
  if (failure) return failure.name ?? 'Error';
  return stored?.fields['failedReason'] === undefined
    ? undefined
    : `Error (${stored.fields['failedReason']})`;
}

export function parse(json: string | undefined): unknown {
  return json === undefined ? undefined : (JSON.parse(json) as unknown);
}
