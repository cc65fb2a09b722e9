// The types of tasks, and of values that stand for their jobs (J1).
import type { Job } from '../job/job.js';

/** The arguments of a job that is bound now, of which the last may be given later (a closure). */
export type BoundArgs<A extends unknown[]> = A extends [...infer Head, unknown]
  ? A | BoundArgs<Head>
  : A;

/** The arguments that are left when the first ones, `B`, are bound. */
export type RestArgs<A extends unknown[], B extends readonly unknown[]> = B extends readonly [
  unknown,
  ...infer BoundTail,
]
  ? A extends [unknown?, ...infer Tail]
    ? RestArgs<Tail, BoundTail>
    : A
  : A;

/** A named function. `task.job(…)` binds arguments to it; nothing runs before the job is put. */
export interface Task<A extends unknown[] = unknown[], R = unknown> {
  readonly name: string;
  /** Calls the function, with any arguments that were bound. */
  readonly run: (...args: A) => unknown;
  /** The class of its job handles. */
  readonly jobClass: typeof Job;
  /** A new job of this task, with its first arguments bound. */
  job<B extends BoundArgs<A>>(...args: B): Job<R, RestArgs<A, B>>;
}

/** The job that stands for `P`: itself, or that of a task. */
export type JobOf<P> = P extends Job ? P : P extends Task<infer A, infer R> ? Job<R, A> : Job;

/** The jobs of a list of jobs and tasks, in order. */
export type JobsOf<P extends readonly unknown[]> = { [I in keyof P]: JobOf<P[I]> };
