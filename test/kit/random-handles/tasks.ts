// The tasks of random graphs of handles. Each body writes down with which arguments it begins; each
// job is written down when it is made.
import {
  BadStatusError,
  defineTask,
  Failure,
  joinJobs,
  local,
  Queue,
  type Job,
} from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { cleanUpLater } from '../cleanup.js';
import type { Hop, Place, Read, Use, Wrap } from './graphs.js';
import { isJob, ledger, shown } from './ledger.js';

/** The rest of the work of a step. */
export interface Plan {
  /** The name of the user that it belongs to. */
  user: string;
  wrap: Wrap;
  route: readonly Hop[];
  use: Use;
}

/** The result of a job that has a handle in it. */
export interface Given {
  how: 'put' | 'added' | 'back';
  job: Job;
}

async function begin(...args: readonly unknown[]): Promise<void> {
  const { id, task } = local.getJob();
  await ledger.note({ what: 'began', id, task, args: args.map(shown) });
}

const source = defineTask(
  'handles.source',
  async (name: string, does: string, ...more: unknown[]) => {
    await begin(name, does, ...more);
    if (does === 'fails') throw new RangeError('as told');
    return name;
  },
);
const called = defineTask('handles.called', async (name: string, ...more: unknown[]) => {
  await begin(name, ...more);
  return name;
});
const gather = defineTask('handles.gather', async (name: string, ...jobs: Job[]) => {
  await begin(name, ...jobs);
  return `got ${jobs.map((job) => outcomeOf(job?.result)).join()}`;
});
/** Only ever an argument: it has the handle in its own. */
const box = defineTask('handles.box', async (...args: unknown[]) => await begin(...args));
const step = defineTask(
  'handles.step',
  async (plan: Plan, cargo: unknown, ...more: unknown[]): Promise<unknown> => {
    await begin(plan, cargo, ...more);
    return plan?.route ? await goOn(plan, unwrapped(cargo, plan.wrap)) : 'a body without a plan';
  },
);

/** A value or a failure as it is compared. */
export function outcomeOf(result: unknown): string {
  if (result instanceof Failure || result instanceof Error) return `failure:${result.name}`;
  if (Array.isArray(result)) return `[${result.map(outcomeOf).join()}]`;
  return typeof result === 'string' ? result : shown(result);
}

/** Says that a job was made. `added`: how many arguments it gets when it runs. */
async function made(
  job: Job,
  args: readonly unknown[],
  added = 0,
  last: object = {},
): Promise<Job> {
  await ledger.note({ what: 'made', id: job.id, args: args.map(shown).join(), added, ...last });
  return job;
}

export async function makeSource(
  name: string,
  does: 'gives' | 'fails',
  extra: unknown,
): Promise<Job> {
  return await made(source.job(name, does, extra) as Job, [name, does, extra]);
}

export async function makeCalled(name: string): Promise<Job> {
  return await made(called.job(name) as Job, [name], 1);
}

export async function makeGather(name: string, of: number): Promise<Job> {
  return await made(gather.job(name) as Job, [name], of);
}

/** A job of the next step with a handle among its arguments; it runs in that queue. */
export async function makeStep(plan: Plan, handle: Job, queue: string, added = 0): Promise<Job> {
  const args = [plan, wrapped(handle, plan.wrap)];
  const last = plan.route.length === 0 ? { last: plan.user, queue } : {};
  return await made(step.job(args[0] as Plan, args[1]) as Job, args, added, last);
}

function wrapped(handle: Job, wrap: Wrap): unknown {
  switch (wrap) {
    case 'plain':
      return handle;
    case 'array':
      return ['before', handle];
    case 'object':
      return { deep: { handle } };
    case 'map':
      return new Map([['handle', handle]]);
    case 'twice':
      return [handle, handle];
    case 'in a new job':
      return box.job(handle);
  }
}

function unwrapped(cargo: unknown, wrap: Wrap): Job {
  const within = {
    plain: () => cargo,
    array: () => (cargo as unknown[])[1],
    object: () => (cargo as { deep: { handle: unknown } }).deep.handle,
    map: () => (cargo as Map<string, unknown>).get('handle'),
    twice: () => (cargo as unknown[])[1],
    'in a new job': () => (cargo as Job).args[0],
  }[wrap]();
  if (!isJob(within)) throw new Error(`there is no handle ${wrap}: ${shown(cargo)}`);
  return within;
}

async function goOn({ route: [hop, ...route], ...plan }: Plan, handle: Job): Promise<unknown> {
  if (!hop) return await use(plan, handle);
  await read(handle, hop.read);
  const isPut = hop.by === 'put' || hop.by === 'immediate put';
  const queue = isPut ? queueOf(hop.at) : local.getQueue();
  const added = hop.by === 'callback' ? 1 : hop.by === 'postprocess' ? 2 : 0;
  const next = await makeStep({ ...plan, route, wrap: hop.wrap }, handle, queue.name, added);
  next.with({ lane: hop.at.lane });
  const quiet = async () => await makeSource(`${plan.user}.beside`, 'gives', null);
  switch (hop.by) {
    case 'put':
    case 'immediate put':
      await queue.put(next, { immediate: hop.by === 'immediate put' });
      return { how: 'put', job: next } satisfies Given;
    case 'return':
      return next;
    case 'join':
      return joinJobs([next]);
    case 'callback': {
      const beside = await quiet();
      await beside.addCallback(next);
      return beside;
    }
    case 'postprocess':
      return parallel([await quiet(), await quiet()], { postprocess: next });
    case 'part':
      return serial([await quiet(), next]);
  }
}

async function read(handle: Job, what: Read): Promise<void> {
  if (what === 'args') void handle.args;
  if (what === 'result') void handle.result;
  // A job that was never put cannot be read.
  if (what === 'refresh') await handle.refresh().catch(refused);
}

async function use({ user, use: what }: Omit<Plan, 'route'>, handle: Job): Promise<unknown> {
  switch (what) {
    case 'follow':
      return handle;
    case 'join':
      return joinJobs([handle]);
    case 'join then':
      return joinJobs([handle], { then: await makeGather(`${user}.then`, 1) });
    case 'wait':
      return await waited(handle);
    case 'look':
      return await handle.refresh().then(({ status }) => `is ${status}`, refused);
    case 'add callback': {
      const job = await makeCalled(`${user}.called`);
      const added = await handle
        .addCallback(job)
        .then((): Given => ({ how: 'added', job }), refused);
      // The callback of a job that was never put is stored with that one only: no result can hold
      // it.
      return handle.queue === undefined ? 'given' : added;
    }
    case 'put':
      return await local
        .getQueue()
        .put(handle)
        .then((job): Given => ({ how: 'put', job }), refused);
    case 'part':
      try {
        return parallel([handle]);
      } catch (error) {
        return refused(error);
      }
    case 'give back':
      return { how: 'back', job: handle } satisfies Given;
  }
}

/** How a wait ends. `gone`: the job will never come. */
export async function waited(handle: Job): Promise<string> {
  try {
    return `waited ${outcomeOf(await handle.wait())}`;
  } catch (error) {
    const isGone = ['DROVER_REMOVED', 'DROVER_BAD_STATUS'].includes(
      (error as { code?: string }).code ?? '',
    );
    return isGone ? 'waited gone' : `waited ${outcomeOf(error)}`;
  }
}

function refused(error: unknown): string {
  if (error instanceof BadStatusError) return 'refused';
  throw error;
}

const queues = new Map<string, Queue>();

function queueOf({ queue: name }: Place): Queue {
  const { prefix, name: own } = local.getQueue();
  if (name === own) return local.getQueue();
  const key = `${prefix}:${name}`;
  let queue = queues.get(key);
  if (!queue) {
    queue = new Queue(name, { connection: process.env['REDIS_URL'] ?? '', prefix });
    queues.set(key, queue);
    const made = queue;
    cleanUpLater(() => made.close());
  }
  return queue;
}
