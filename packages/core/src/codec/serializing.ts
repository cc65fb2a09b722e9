// The jobs whose arguments are being stored, each among those of the one before.
import { Scoped } from '../lib/scoped.js';

const storing = new Scoped<object>();

export function whileStored<T>(job: object, store: () => T): T {
  return storing.during(job, store);
}

/** The job whose arguments are being stored at this moment. */
export function jobBeingStored(): object | undefined {
  return storing.innermost;
}
