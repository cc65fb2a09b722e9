// In a process of a side: its producer, which puts, waits, and checks.
import { deepStrictEqual, strictEqual } from 'node:assert';
import { sides } from '../sides/index.js';
import { inGroups, sumOf, type Producer } from '../sides/side.js';
import type { CommonCalls, ProducerCalls } from './calls.js';

let producer: Producer | undefined;

export const producerCalls: Omit<ProducerCalls, keyof CommonCalls> = {
  startProducer: async ({ side, ...options }) => {
    producer = await sides[side].producer(options);
  },
  put: async (from, to) => {
    const indices = Array.from({ length: to - from }, (_, i) => from + i);
    return (await timed(() => call('putAll', indices))).seconds;
  },
  roundTrips: async (jobs) => {
    const times: number[] = [];
    for (let index = 0; index < jobs; index++) {
      const { value, seconds } = await timed(() => call('roundTrip', index));
      strictEqual(value, index);
      times.push(seconds);
    }
    return times;
  },
  parallel: async (jobs, composites) => {
    const groups = inGroups(jobs, composites);
    const { value, seconds } = await timed(() => call('parallel', groups));
    deepStrictEqual(value, groups.map(sumOf));
    return seconds;
  },
  serial: async (jobs, chains) => {
    const groups = inGroups(jobs, chains);
    const { value, seconds } = await timed(() => call('serial', groups));
    const last = groups.map((group) => group.at(-1));
    deepStrictEqual(value, last);
    return seconds;
  },
};

export async function closeProducer(): Promise<void> {
  await producer?.close();
}

type Calls = Required<Omit<Producer, 'close'>>;

async function call<Name extends keyof Calls>(
  name: Name,
  argument: Parameters<Calls[Name]>[0],
): Promise<Awaited<ReturnType<Calls[Name]>>> {
  const method = producer?.[name] as ((given: unknown) => Promise<unknown>) | undefined;
  if (!method) throw new Error(`this side has no ${name}`);
  return (await method.call(producer, argument)) as Awaited<ReturnType<Calls[Name]>>;
}

async function timed<T>(action: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const startedAt = performance.now();
  const value = await action();
  return { value, seconds: (performance.now() - startedAt) / 1_000 };
}
