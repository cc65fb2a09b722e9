// A task that computes, slowly on purpose. It has a module of its own, which each worker thread
// imports.
import { defineTask } from '@drover/core';

/** @type {(n: number) => number} */
const count = (n) => (n < 2 ? n : count(n - 1) + count(n - 2));

export const fibonacci = defineTask('numbers.fibonacci', async (/** @type {number} */ n) =>
  count(n),
);
