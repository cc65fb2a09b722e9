// Random composites as jobs, and the tasks of their parts. Each run is counted under the tree's
// name and the job's number.
import { defineTask, Failure, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import { FAILURE, type Value } from './evaluate.js';
import type { Group, Leaf, Shape } from './shapes.js';

const counts = new Map<string, number>();
/** The numbers of the jobs of a tree that have run in this process, in that order. */
const orders = new Map<string, number[]>();

/** How often the jobs of a tree have run in this process, by number. */
export function runsOf(tree: string, tag: number): number {
  return counts.get(`${tree}/${tag}`) ?? 0;
}

/** In which order the jobs of a tree have run in this process. */
export function orderOf(tree: string): readonly number[] {
  return orders.get(tree) ?? [];
}

function count(tree: string, tag: number): void {
  const order = orders.get(tree) ?? [];
  orders.set(tree, order);
  order.push(tag);
  counts.set(`${tree}/${tag}`, runsOf(tree, tag) + 1);
}

const gives = defineTask('random.gives', (tree: string, tag: number) => {
  count(tree, tag);
  return tag;
});
const fails = defineTask('random.fails', (tree: string, tag: number): void => {
  count(tree, tag);
  throw new Error(FAILURE);
});
const returns = defineTask(
  'random.returns',
  (tree: string, tag: number, then: Shape, policy?: string): Job => {
    count(tree, tag);
    return toJob(tree, then, policy);
  },
);
const gathers = defineTask('random.gathers', (tree: string, tag: number, ...jobs: Job[]): Value => {
  count(tree, tag);
  return ['gathered', ...jobs.map(({ result }) => valueOf(result))];
});
const appends = defineTask(
  'random.appends',
  async (tree: string, tag: number, composite: Composite, adds: Shape[], policy?: string) => {
    count(tree, tag);
    for (const shape of adds) await composite.append(toJob(tree, shape, policy));
    return tag;
  },
);
const called = defineTask('random.called', (tree: string, tag: number) => {
  count(tree, tag);
});

/** A result as it is compared with what was expected. */
export function valueOf(result: unknown): Value {
  if (result instanceof Failure) return FAILURE;
  return Array.isArray(result) ? result.map(valueOf) : (result as Value);
}

/** A new job of that shape. `policy`: of each job in it. */
export function toJob(tree: string, shape: Shape, policy?: string): Job {
  const job = withoutCallback(tree, shape, policy);
  const { lane, quotas, plain } = shape as Leaf;
  job.with({
    ...(lane && { lane }),
    ...(quotas && { quotas }),
    ...(policy && !plain && { retryPolicy: policy }),
  });
  if (shape.callback !== undefined) void job.addCallback(called.job(tree, shape.callback) as Job);
  return job;
}

function withoutCallback(tree: string, shape: Shape, policy?: string): Job {
  switch (shape.kind) {
    case 'gives':
      return gives.job(tree, shape.tag);
    case 'fails':
      return fails.job(tree, shape.tag);
    case 'appends':
      throw new Error('it needs the composite that it appends to');
    case 'returns':
      return returns.job(tree, shape.tag, shape.then as Shape, policy);
    default:
      return toComposite(tree, shape, policy);
  }
}

function toComposite(
  tree: string,
  { kind, parts, postprocess, stops, packed, before = [] }: Group,
  policy?: string,
): Job {
  const compose = kind === 'serial' ? serial : parallel;
  const after =
    postprocess &&
    (postprocess.kind === 'gathers'
      ? gathers.job(tree, postprocess.tag)
      : toJob(tree, postprocess, policy));
  if (after && policy !== undefined) after.with({ retryPolicy: policy });
  const options = {
    ...(after && { postprocess: after }),
    ...(stops && { onFailure: 'stop' as const }),
    ...(packed !== undefined && { packed }),
  };
  const composite = compose([] as Job[], options);
  // A part that appends gets the composite: which appends here, while it is new, what a user would
  // give to `compose`.
  const add = (job: Job): void => void composite.append(job);
  for (const part of parts)
    add(
      part.kind === 'appends'
        ? toAppender(tree, part, composite, policy)
        : toJob(tree, part, policy),
    );
  for (const part of before) add(toJob(tree, part, policy));
  return composite;
}

function toAppender(
  tree: string,
  { tag, adds = [] }: Leaf,
  composite: Composite,
  policy?: string,
): Job {
  const job = appends.job(tree, tag, composite, adds, policy) as Job;
  return policy === undefined ? job : job.with({ retryPolicy: policy });
}
