// The boundary of the store: its callers get `Refused` or `DamagedRecord` for each error that they
// act on, and never a code or a reply of Redis.
import { DamagedRecord } from '../../../model/store-errors.js';
import { isAboutRecord } from '../record-checks.js';

/** For `promise.catch(throwTyped)`: throws `DamagedRecord` where Redis failed on a record. */
export function throwTyped(error: unknown): never {
  if (error instanceof DamagedRecord || !isAboutRecord(error)) throw error;
  throw new DamagedRecord(error.message, { cause: error });
}

/**
 * Makes a call of the store with typed errors. Calls that begin in one turn of the event loop are
 * sent in order.
 */
export async function typed<T>(call: () => Promise<T>): Promise<T> {
  return await call().catch(throwTyped);
}
