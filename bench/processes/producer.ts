// A producer process of one side, for all measurements of a scenario: puts, waits, and checks.
import { deepStrictEqual, strictEqual } from 'node:assert';
import { sides } from '../sides/index.js';
import { inGroups, type Producer } from '../sides/side.js';
import { answer, common } from './answer.js';
import type { ProducerCalls } from './calls.js';

let producer: Producer;

answer({
  ...common,
  start: async ({ side, ...options }) => {
    producer = await sides[side].producer(options);
  },
  put: async (from, to) => {
    const indices = Array.from({ length: to - from }, (_, i) => from + i);
    return (await timed(() => producer.putAll(indices))).seconds;
  },
  roundTrips: async (jobs) => {
    const times: number[] = [];
    for (let index = 0; index < jobs; index++) {
      const { value, seconds } = await timed(() => producer.roundTrip(index));
      strictEqual(value, index);
      times.push(seconds);
    }
    return times;
  },
  parallel: async (jobs, flows) => {
    const groups = inGroups(jobs, flows);
    const { value, seconds } = await timed(() => producer.parallel(groups));
    // A flow's values have no order in BullMQ.
    const sorted = value.map((ofOne) => ofOne.toSorted((a, b) => Number(a) - Number(b)));
    deepStrictEqual(sorted, groups);
    return seconds;
  },
  serial: async (jobs, chains) => {
    const groups = inGroups(jobs, chains);
    const { value, seconds } = await timed(() => producer.serial(groups));
    const last = groups.map((group) => group.at(-1));
    deepStrictEqual(value, last);
    return seconds;
  },
  close: () => producer.close(),
} satisfies ProducerCalls);

async function timed<T>(action: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const startedAt = performance.now();
  const value = await action();
  return { value, seconds: (performance.now() - startedAt) / 1_000 };
}
