// The history that a process writes: JSON lines, each given to the system before the process goes
// on, which keeps them when the process is killed. The checker joins them later.
import { existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How a wait ends where its own queue is closed, as by the end of the dispatcher whose task waits.
 */
export const CLOSED = 'closed';

/** A line as it is written. */
export type Note =
  /** The body of a job begins, and ends with a value or by throwing. */
  | {
      what: 'start';
      job: string;
      task: string;
      fence: number;
      run: string;
      name: string;
      args?: string;
      /** The middleware around it, outermost first; the agent, and the tag in the job's `meta`. */
      around?: readonly string[];
      queue?: string;
      agent?: string;
      tag?: string;
    }
  | { what: 'end'; job: string; fence: number; run: string; threw?: string }
  /** The outermost middleware has the end of the run. */
  | { what: 'left'; job: string; fence: number }
  /** A postprocess or a callback got these: of each job its id and its result. */
  | { what: 'got'; job: string; run: string; parts: readonly Got[] }
  | { what: 'got result'; job: string; run: string; result: unknown }
  /** A run put a job, which is stored when the run is accepted. */
  | { what: 'put in run'; job: string; run: string; child: string; once?: true; made?: Made }
  /** The function of `local.once` is called; `local.once` has given a value. */
  | { what: 'once called'; job: string; run: string }
  | { what: 'once gave'; job: string; run: string; value: unknown }
  /** A put, a callback, a cancel, a retry or an append was acknowledged, or was tried at least. */
  /** `instead`: the job that has its key, where it was not stored. */
  | { what: 'put'; acknowledged: boolean; put: Put; instead?: string }
  /** A put was refused, since another job has its key. */
  | { what: 'refused'; put: Put }
  | { what: 'added callback'; of: string; callback: string; acknowledged: boolean }
  | { what: 'cancelled'; job: string; acknowledged: boolean }
  | { what: 'retried'; job: string; acknowledged: boolean }
  | { what: 'removed'; job: string; acknowledged: boolean }
  | { what: 'updated'; job: string; change: Change; acknowledged: boolean }
  /** All jobs that pass a filter are retried or cancelled; how many were. */
  | { what: 'changed all'; how: 'retry' | 'cancel'; jobs: readonly string[]; done?: number }
  /** How far a composite is. */
  | { what: 'progress'; of: string; counts: Counts }
  /** A queue is paused, or goes on. */
  | { what: 'paused' | 'resumed'; queue: string; acknowledged: boolean }
  /** A schedule is set; its end: where it stands, and how many times were skipped. */
  | { what: 'schedule set'; name: string; schedule: Scheduled; acknowledged: boolean }
  | { what: 'schedule ended'; name: string; next?: number; skipped?: number; late?: true }
  /** A dispatcher begins in this process, with agents of a size. */
  | { what: 'serves'; uuid: string; queues: readonly string[]; agent: string; size: number }
  /** An agent of a dispatcher is to have another size, by itself or by another process. */
  | { what: 'agent'; change: AgentChange; call: string; acknowledged: boolean }
  /** A run made a job that it does not put: it goes on with it, or it is called with others. */
  | { what: 'made'; child: string; made: Made }
  /** A run goes on with the job of a handle that came to it. */
  | { what: 'follows'; job: string; run: string; of: string }
  /**
   * A wait begins, and has ended: with the run or the failure that the job ended with, or with why
   * it never comes.
   */
  | { what: 'waits'; job: string }
  | { what: 'waited'; job: string; with: string }
  /** A part more: from outside, and by a part that runs, as a put of that run. */
  | { what: 'appended'; to: string; part: Put; acknowledged: boolean }
  | { what: 'appended in run'; to: string; child: string }
  /** An event of a dispatcher. */
  | { what: 'event'; event: string; job?: string; fence?: number };

/** A change of a pending job. */
export interface Change {
  args?: string;
  /** ms from the change before which it does not begin; 0: it may begin. */
  after?: number;
  priority?: number;
}

export interface Counts {
  parts: number;
  completed: number;
  failed: number;
  active: number;
  pending: number;
}

/** How a schedule puts its jobs: each so many ms. */
export interface Scheduled {
  every: number;
  overlap: 'allow' | 'skip';
  missed: 'none' | 'latest' | 'all';
  /** In the `meta` of its jobs. */
  tag: string;
}

/** Another size of an agent; 0 also where it is removed. */
export interface AgentChange {
  uuid: string;
  queue: string;
  agent: string;
  size: number;
  lanes?: readonly string[];
  removes?: true;
}

export interface Got {
  id: string;
  result: unknown;
}

/** The facts of a job that the producer writes down when it makes the job. */
export interface Made {
  /** The arguments that it was made with, as `argsShown` gives them. */
  args?: string;
  /**
   * ms from its put before which it does not begin, and ms from then by which it must have begun.
   */
  due?: { after?: number; by?: number };
  /** The key that it has, or asks for, and how the put goes on where it is taken. */
  key?: string;
  whenTaken?: 'keep' | 'replace' | 'after' | 'refuse';
}

/** A job that was put, with all that belongs to it. */
export interface Put extends Made {
  id: string;
  name: string;
  kind: string;
  /** It fails whenever it runs, or at first. */
  fails?: true | 'at first';
  quotas?: readonly string[];
  rateLimits?: readonly string[];
  /** ms for which it closes its rate limits. */
  closes?: number;
  priority?: number;
  /** In its `meta`. */
  tag?: string;
  /** ms that a run may take, and ms that it takes. */
  timeout?: { limit: number; takes: number };
  /** Of a composite. */
  composite?: {
    how: 'serial' | 'parallel';
    stops: boolean;
    parts: readonly Put[];
    postprocess?: string;
  };
  /** In their order. */
  callbacks?: readonly string[];
  /** The jobs that it waits for beside its own. */
  returns?: string;
}

export type Line = Note & {
  /** ms of the monotonic clock, which all processes of a host share. */
  at: number;
  who: string;
};

export class History {
  readonly #file: number;

  constructor(
    folder: string,
    private readonly who: string,
  ) {
    this.#file = openSync(join(folder, `${who}.jsonl`), 'a');
  }

  note(note: Note): void {
    const at = Number(process.hrtime.bigint() / 1_000n) / 1_000;
    writeSync(this.#file, `${JSON.stringify({ at, who: this.who, ...note })}\n`);
  }
}

/**
 * All lines of a run, in the order of their times. The last line of a process that was killed may
 * be cut off.
 */
export function readHistory(folder: string): Line[] {
  if (!existsSync(folder)) return [];
  const lines = readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Line];
      } catch {
        return [];
      }
    });
  return lines.sort((a, b) => a.at - b.at);
}
