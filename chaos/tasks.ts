// The tasks of the workload. Each run writes down what it does and what it got; its result says
// which run it was.
import type { Composite } from '@drover/composite';
import {
  defineTask,
  Failure,
  local,
  RateLimitedError,
  RetryableError,
  type Job,
} from '@drover/core';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { argsShown } from './arguments.js';
import { aroundRun } from './around.js';
import { CLOSED, type History, type Note } from './history.js';
import type { Passing, Plan } from './plan.js';
import { queueNamed } from './queues.js';

/** The result of a run. */
export interface RunResult {
  name: string;
  run: string;
  fence: number;
}

let history: History | undefined;

/** Where runs of this process are written down. */
export function writeTo(to: History): void {
  history = to;
}

function note(what: Note): void {
  history?.note(what);
}

/** Calls a body as one run, which is written down. */
async function asRun<R>(
  name: string | undefined,
  args: readonly unknown[],
  body: (run: string, job: string) => Promise<R>,
): Promise<R> {
  const { id: job, task, meta } = local.getJob();
  const { fence } = local;
  const run = randomUUID();
  note({
    what: 'start',
    ...{ job, task, fence, run, name: name ?? 'nothing', args: argsShown(args) },
    ...{ ...aroundRun(), queue: local.getQueue().name },
    ...(typeof meta['tag'] === 'string' && { tag: meta['tag'] }),
  });
  try {
    const result = await body(run, job);
    note({ what: 'end', job, fence, run });
    return result;
  } catch (error) {
    note({ what: 'end', job, fence, run, threw: (error as Error).name });
    throw error;
  }
}

/** The jobs that have closed their rate limits in this process. */
const closed = new Set<string>();

/** Does what its plan says. */
export const work = defineTask('chaos.work', (plan: Plan) =>
  asRun(plan?.name, [plan], async (run, job) => {
    if (plan.block) block(plan.block);
    if (plan.ms) await pass(plan.ms, plan.heeds === true);
    if (plan.once) await onceEach(plan, run, job);
    for (let i = 0; i < (plan.puts ?? 0); i++) {
      const child = work.job({ name: `${plan.name}/put${i}` });
      const due = plan.later === undefined ? {} : { due: { after: plan.later } };
      const keyed = plan.keyed ?? {};
      note({
        what: 'put in run',
        job,
        run,
        child: child.id,
        made: { args: argsShown(child.args), ...due, ...keyed },
      });
      const later = plan.later === undefined ? {} : { beginAfter: plan.later };
      await local.getQueue().put(child, { ...later, ...keyed });
    }
    if (plan.closes && !closed.has(job)) {
      closed.add(job);
      throw new RateLimitedError({ after: plan.closes });
    }
    if (plan.fails) throw new RangeError('as told');
    if (plan.failsAtFirst && local.fence === 1) throw new RetryableError('at first');
    if (plan.failsOnce && local.fence === 1) throw new RangeError('once');
    return { name: plan.name, run, fence: local.fence } satisfies RunResult;
  }),
);

async function onceEach(plan: Plan, run: string, job: string): Promise<void> {
  const value = await local.once('effect', async () => {
    note({ what: 'once called', job, run });
    const child = await local.getQueue().put(work.job({ name: `${plan.name}/once` }));
    note({
      what: 'put in run',
      job,
      run,
      child: child.id,
      once: true,
      made: { args: argsShown(child.args) },
    });
    await setTimeout(plan.ms ?? 0);
    return run;
  });
  note({ what: 'once gave', job, run, value });
}

/** Goes on with a job that it makes, or with one that it got. */
export const goesOn = defineTask('chaos.goesOn', (plan: Plan, given?: Job<RunResult>) =>
  asRun(plan?.name, given ? [plan, given] : [plan], async () => {
    if (plan.ms) await pass(plan.ms, false);
    if (given) return given;
    const child = work.job({ name: `${plan.name}/child`, ms: plan.ms });
    note({ what: 'made', child: child.id, made: { args: argsShown(child.args) } });
    return child as Job<RunResult>;
  }),
);

/** A part that appends others to its composite. */
export const appends = defineTask('chaos.appends', (plan: Plan, composite: Composite) =>
  asRun(plan?.name, [plan, composite], async (run, job) => {
    if (plan.ms) await pass(plan.ms, false);
    for (let i = 0; i < (plan.puts ?? 1); i++) {
      const part = await composite.append(work.job({ name: `${plan.name}/appended${i}` }));
      note({ what: 'put in run', job, run, child: part.id, made: { args: argsShown(part.args) } });
      note({ what: 'appended in run', to: composite.id, child: part.id });
    }
    return { name: plan.name, run, fence: local.fence } satisfies RunResult;
  }),
);

/** Gets the parts of a composite. */
export const gather = defineTask('chaos.gather', (name: string, ...parts: Job[]) =>
  asRun(name, [name], async (run, job) => {
    note({
      what: 'got',
      job,
      run,
      parts: parts.map(({ id, result }) => ({ id, result: plain(result) })),
    });
    return { name, run, fence: local.fence } satisfies RunResult;
  }),
);

/** Gets the result of the job whose callback it is. */
export const callback = defineTask('chaos.callback', (name: string, result: unknown) =>
  asRun(name, [name], async (run, job) => {
    note({ what: 'got result', job, run, result: plain(result) });
    return { name, run, fence: local.fence } satisfies RunResult;
  }),
);

/** Adds a callback to another job, from the process that it runs in. */
export const addsCallback = defineTask('chaos.addsCallback', (name: string, to: Job) =>
  asRun(name, [name, to], async (run) => {
    const added = callback.job(`${name}/callback-${run}`);
    note({ what: 'added callback', of: to.id, callback: added.id, acknowledged: false });
    await to.addCallback(added);
    note({ what: 'added callback', of: to.id, callback: added.id, acknowledged: true });
    return { name, run, fence: local.fence } satisfies RunResult;
  }),
);

/**
 * Passes its handle on, to another queue and lane, or does what the plan says with it: unread, as
 * it came.
 */
export const passes = defineTask('chaos.passes', (plan: Passing, handle: Job): Promise<unknown> =>
  asRun(plan?.name, [plan, handle], async (run, job) => {
    const [hop, ...hops] = plan.hops;
    if (!hop) return await useHandle(plan, handle, run, job);
    const next = passes.job({ ...plan, name: `${plan.name}/${hops.length}`, hops }, handle);
    const made = { args: argsShown(next.args) };
    if (hop.puts) {
      note({ what: 'put in run', job, run, child: next.id, made });
      await queueNamed(hop.queue).put(next, { lane: hop.lane });
      return { name: plan.name, run, fence: local.fence } satisfies RunResult;
    }
    note({ what: 'made', child: next.id, made });
    return next.with({ lane: hop.lane });
  }),
);

async function useHandle(plan: Passing, handle: Job, run: string, job: string): Promise<unknown> {
  switch (plan.use) {
    case 'follow':
      note({ what: 'follows', job, run, of: handle.id });
      return handle;
    case 'wait':
      note({ what: 'waits', job: handle.id });
      note({ what: 'waited', job: handle.id, with: await waited(handle) });
      break;
    case 'retry':
      note({ what: 'retried', job: handle.id, acknowledged: false });
      await handle.retry().then(
        () => note({ what: 'retried', job: handle.id, acknowledged: true }),
        () => {}, // it has not failed, or has not ended
      );
  }
  return { name: plan.name, run, fence: local.fence } satisfies RunResult;
}

/** How a wait ends: with the run that the job ended with, or the name of an error. */
export async function waited(job: Job): Promise<string> {
  try {
    const value = await job.wait();
    return (value as Partial<RunResult> | undefined)?.run ?? 'a value';
  } catch (error) {
    if (/ was closed/.test((error as Error).message)) return CLOSED;
    return `${(error as Error).name} ${(error as { code?: string }).code ?? ''}`.trim();
  }
}

/** A result as it can be compared: of a failure its name. */
export function plain(result: unknown): unknown {
  if (result instanceof Failure) return { failure: result.name };
  if (Array.isArray(result)) return result.map(plain);
  return result === undefined ? null : result;
}

/** Keeps the event loop from anything else, and the processor free for others. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function pass(ms: number, heeds: boolean): Promise<void> {
  try {
    await setTimeout(ms, undefined, heeds ? { signal: local.signal } : {});
  } catch {
    throw local.signal.reason;
  }
}
