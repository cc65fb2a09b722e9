// The tasks of the worker processes.
import { defineTask } from '@drover/core';

/** Never ends by itself. */
export const hold = defineTask('scale.hold', () => new Promise<never>(() => {}));
