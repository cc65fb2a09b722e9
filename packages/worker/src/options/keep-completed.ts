// Checks the option `keepCompleted`, and completes it for each queue of the dispatcher (J9).
import { checkOptions, InvalidArgumentError } from '@drover/core';
import { checkMs, checkWhole } from '@drover/core/internal';
import type { KeepByOutcome, KeepCompletedOptions, KeepLimits } from './options.js';

const DEFAULT = { age: 7 * 24 * 3_600_000, count: 10_000 };
const LIMITS = ['age', 'count'] as const;
const OUTCOMES = ['succeeded', 'failed'] as const;

/** The limits of one queue. */
export type KeptLimits = Record<(typeof OUTCOMES)[number], Required<KeepLimits>>;

/**
 * The limits of each queue. Of several that are given for a limit, the first one of these counts:
 * of the queue and the outcome, of the queue, of the outcome, of all.
 * @throws InvalidArgumentError, which names the option
 */
export function toKeepCompleted(
  options: unknown = {},
  queues: readonly string[],
): Record<string, KeptLimits> {
  checkByOutcome('keepCompleted', options, ['queues']);
  const { queues: byQueue = {}, ...forAll } = options as KeepCompletedOptions;
  checkObject('keepCompleted.queues', byQueue, '{ images: { count: 500 } }');
  for (const [queue, keep] of Object.entries(byQueue)) {
    const where = `keepCompleted.queues.${queue}`;
    if (!queues.includes(queue)) {
      throw new InvalidArgumentError(
        `${where}: this dispatcher has no such queue, only ${queues.join(', ')}`,
      );
    }
    checkByOutcome(where, keep);
  }
  return Object.fromEntries(
    queues.map((queue) => {
      const from = [...(Object.hasOwn(byQueue, queue) ? [byQueue[queue]] : []), forAll];
      return [queue, { succeeded: limitsOf(from, 'succeeded'), failed: limitsOf(from, 'failed') }];
    }),
  );
}

/** The limits of a queue that the options do not name; the options are checked before. */
export function keepOfNewQueue(options: KeepCompletedOptions = {}): KeptLimits {
  return { succeeded: limitsOf([options], 'succeeded'), failed: limitsOf([options], 'failed') };
}

/** @param from the first one that has a limit gives it */
function limitsOf(
  from: readonly (KeepByOutcome | undefined)[],
  outcome: (typeof OUTCOMES)[number],
): Required<KeepLimits> {
  const limits = { ...DEFAULT };
  const given = from.flatMap((one) => [one?.[outcome], one]);
  for (const name of LIMITS)
    limits[name] = given.find((one) => one?.[name] !== undefined)?.[name] ?? DEFAULT[name];
  return limits;
}

function checkByOutcome(where: string, keep: unknown, more: readonly string[] = []): void {
  checkLimits(where, keep, [...OUTCOMES, ...more]);
  for (const outcome of OUTCOMES) {
    const limits = (keep as KeepByOutcome)[outcome];
    if (limits !== undefined) checkLimits(`${where}.${outcome}`, limits);
  }
}

function checkLimits(where: string, limits: unknown, more: readonly string[] = []): void {
  checkObject(where, limits, '{ age, count }');
  checkOptions(where, limits, [...LIMITS, ...more]);
  const { age = 0, count = 0 } = limits as KeepLimits;
  checkMs(`${where}.age`, age);
  checkWhole(`${where}.count`, count, { from: 0, orInfinity: true });
}

function checkObject(where: string, value: unknown, such: string): asserts value is object {
  if (typeof value !== 'object' || value === null)
    throw new InvalidArgumentError(`${where} must be an object: ${such}`);
}
