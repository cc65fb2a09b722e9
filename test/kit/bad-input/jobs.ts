// Jobs with odd arguments, results, annotations and keys of `once`: each comes back as it was, or
// is refused, and the dispatcher goes on (B2, J4).
import { defineTask, DroverError, Failure, local, type Job } from '@drover/core';
import fc from 'fast-check';
import { inspect } from 'node:util';
import type { TestContext } from '../context.js';
import { dispatchersIn } from '../dispatchers.js';
import { shapeOf } from '../shape.js';
import { oddNames } from './names.js';
import { NOT_TO_BE_READ, oddValues, report } from './values.js';

interface Odd {
  name: string;
  arg: unknown;
  result: unknown;
}

const BATCH = 100;

/** The values that tasks of this process return, by the number of the case. */
const given = new Map<number, Odd>();

const gives = defineTask('bad-input.gives', async (number: number, arg: unknown) => {
  const { name, arg: expected, result } = given.get(number) as Odd;
  const kept = [
    await taken(
      local.setLiveAnnotation(name, result),
      async () => await local.getLiveAnnotation(name),
      result,
    ),
    await taken(
      local.once(name, () => result),
      async () => await local.once(name, () => 'called again'),
      result,
    ),
  ];
  const wrong = kept.find((one) => one !== undefined);
  if (wrong) throw new Error(wrong);
  if (shapeOf(arg) !== shapeOf(expected))
    throw new Error(`the argument came changed: ${inspect(arg)}`);
  return result;
});

/** The fault of a value that is stored or refused; undefined where all is well. */
async function taken(
  doing: Promise<unknown>,
  read: () => Promise<unknown>,
  expected: unknown,
): Promise<string | undefined> {
  try {
    await doing;
  } catch (error) {
    // The getter of the input threw: the error is not Drover's.
    if (error instanceof Error && error.message === NOT_TO_BE_READ) return undefined;
    return error instanceof DroverError ? undefined : `refused by ${inspect(error)}`;
  }
  const got = await read();
  return shapeOf(got) === shapeOf(expected) ? undefined : `came back changed: ${inspect(got)}`;
}

/** Runs so many jobs with odd values, and expects each to come back as it was, or to be refused. */
export async function expectJobsKept(
  { queue: queueNamed, ...rest }: TestContext,
  name: string,
  count: number,
): Promise<void> {
  const queue = queueNamed(name);
  const dispatcher = await dispatchersIn({ queue: queueNamed, ...rest }).start(name, {
    size: 20,
    keepCompleted: { count: 100 },
  });
  const odd = fc.array(fc.record({ name: oddNames, arg: oddValues, result: oddValues }), {
    minLength: BATCH,
    maxLength: BATCH,
  });
  await fc.assert(
    fc.asyncProperty(odd, async (all) => {
      const found = await Promise.all(
        all.map(async (one, i) => {
          given.set(i, one);
          const job = gives.job(i, one.arg);
          try {
            await queue.put(job);
          } catch (error) {
            return error instanceof DroverError ? undefined : `${i}: put throws ${inspect(error)}`;
          }
          return await endOf(job, one.result);
        }),
      );
      expect(
        found.filter((wrong) => wrong !== undefined).map((wrong) => wrong.slice(0, 1_000)),
      ).toEqual([]);
    }),
    report(Math.ceil(count / BATCH)),
  );
  expect(await queue.length()).toBe(0);
  expect(await queue.deadLetters().list()).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  await dispatcher.deactivate();
}

async function endOf(job: Job<unknown>, expected: unknown): Promise<string | undefined> {
  await job.wait({ timeout: 60_000 }).catch(() => {});
  const { result } = job;
  if (result instanceof Failure) {
    if (result.message === NOT_TO_BE_READ) return undefined;
    // Of Drover's own: what cannot be stored, or is too large.
    return /^DROVER_(SERIALIZATION|DATA_TOO_LARGE)/.test(result.code ?? '')
      ? undefined
      : `${result.name}: ${result.message}`;
  }
  return shapeOf(result) === shapeOf(expected)
    ? undefined
    : `the result came back changed: ${inspect(result)}`;
}
