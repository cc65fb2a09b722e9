// Puts metrics into a register, and takes them out again.
import { InvalidArgumentError } from '@drover/core';
import type { Registry } from 'prom-client';

/** @throws InvalidArgumentError where one of the names is taken: then none is registered */
export function checkFree(register: Registry, names: readonly string[], what: string): void {
  const taken = names.find((name) => register.getSingleMetric(name) !== undefined);
  if (taken === undefined) return;
  throw new InvalidArgumentError(
    `the register already has the metric ${taken}: give ${what} a register of its own`,
  );
}

export function unregister(register: Registry, names: readonly string[]): void {
  for (const name of names) register.removeSingleMetric(name);
}
