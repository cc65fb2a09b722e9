// The tasks of the worker processes.
import { defineTask } from '@drover/core';

/** Never ends by itself. */
export const hold = defineTask('scale.hold', () => new Promise<never>(() => {}));

/** Ends at once. */
export const quick = defineTask('scale.quick', async (n: number, customer: string) => ({
  n,
  customer,
}));

/** Fails at once. */
export const broken = defineTask('scale.broken', async (n: number, customer: string) => {
  throw new Error(`job ${n} of ${customer} fails, as it was told to`);
});
