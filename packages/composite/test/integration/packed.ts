// Packed composites for tests, in lanes where packs are run as packs, and in others.
import { defineTask, Failure, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import type { TestContext } from '../../../../test/kit/context.js';
import { gatesByName } from '../../../../test/kit/gate.js';
import { note, PATIENCE, ran, short, shorts, upTo } from '../../../../test/kit/noted-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startDispatcher } from './dispatchers.js';

export { PATIENCE, ran, short, shorts, upTo };

/** As `short`, and fails. */
export const fails = defineTask('packed.fails', (of: string, value: unknown): unknown => {
  throw new RangeError(String(note(of, value)));
});

/** By what a job of `held` is of: the gate that ends it. */
export const gateOf = gatesByName();

/** As `short`, and runs until its gate is open. */
export const held = defineTask('packed.held', async (of: string, value: unknown) => {
  await gateOf(of).opened;
  return note(of, value);
});

/** The results of jobs, of a failure its message. */
export const outcomes = defineTask('packed.outcomes', (...jobs: Job[]) =>
  jobs.map(({ result }) => (result instanceof Failure ? result.message : result)),
);

export const outcomesOf = async (jobs: readonly Job[]): Promise<unknown[]> =>
  await Promise.all(jobs.map((job) => job.wait(PATIENCE).catch((error: Error) => error.message)));

export interface Options {
  postprocess?: Job;
  onFailure?: 'stop';
  packed?: boolean;
}

export type Compose = (parts: readonly Job[], options?: Options) => Composite<unknown>;

/** A serial; a parallel whose packs the claim opens; a parallel whose packs are run as packs. */
export const kinds: [kind: string, compose: Compose, asPacks: boolean][] = [
  ['serial', serial as Compose, false],
  ['opened parallel', parallel as Compose, false],
  ['parallel', parallel as Compose, true],
];

/**
 * Puts a composite. `asPacks`: with so many short jobs behind it that its packs, which the schedule
 * puts behind these, are claimed as packs.
 */
export async function put<J extends Job>(
  context: TestContext,
  queue: string,
  composite: J,
  asPacks: boolean,
): Promise<J> {
  const others = asPacks ? shorts(`${queue} before`, 80) : [];
  await context.queue(queue).putAll([composite as Job, ...others]);
  return composite;
}

export interface PackedKind {
  /** The kind, as a part of a queue's name. */
  name: string;
  make: Compose;
  /** Puts a composite into a queue of its own, with a dispatcher of so many slots. */
  start<J extends Job>(what: string, composite: J, size?: number): Promise<J>;
}

/** Composites of one of the `kinds`, whose parts are packed. */
export function packedKind(
  context: TestContext,
  kind: string,
  compose: Compose,
  asPacks: boolean,
): PackedKind {
  const name = kind.replace(' ', '-');
  return {
    name,
    make: (parts, options = {}) => compose(parts, { packed: true, ...options }),
    async start(what, composite, size = 2) {
      await put(context, `${name}-${what}`, composite, asPacks);
      await startDispatcher(context, `${name}-${what}`, size);
      return composite;
    },
  };
}

/** Nothing of the queue waits or runs any more, and no pack of it is pending. */
export async function expectNothingLeft({ redis, prefix, queue }: TestContext, name: string) {
  await eventually(async () => (await queue(name).length()) === 0);
  await eventually(
    async () => (await queue(name).jobs({ status: ['new', 'active', 'callbacks'] })).length === 0,
  );
  for (const list of ['wait', 'active', 'delayed', 'waiting-children', 'dead-letters'])
    expect([list, await redis.keys(`${prefix}:${name}:${list}`)]).toEqual([list, []]);
  expect(await redis.zcard(`${prefix}:${name}:unfinished-packs`)).toBe(0);
}
