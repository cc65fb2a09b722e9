// Tasks for the tests of callbacks: they note what they get, and wait for gates.
import { defineTask, Failure } from '@drover/core';
import { gate, type Gate } from '../../../../test/kit/gate.js';

export const gates = new Map<string, Gate>();

export const seen: unknown[] = [];

export const five = defineTask('callbacks.five', () => 5);

export const fails = defineTask('callbacks.fails', () => {
  throw new RangeError('no such luck');
});

export const waits = defineTask('callbacks.waits', async (name: string) => {
  await gates.get(name)?.opened;
  return name;
});

/** Notes its result, and returns ten times a number, the name of a failure, or the value. */
export const note = defineTask('callbacks.note', (prefix: string, result: unknown) => {
  seen.push([prefix, result instanceof Failure ? result.name : result]);
  if (result instanceof Failure) return result.name;
  return typeof result === 'number' ? result * 10 : result;
});

export function newGate(name: string): Gate {
  const made = gate();
  gates.set(name, made);
  return made;
}
