// The boundary of the store: its callers get `Refused` or `DamagedRecord` for each error that they
// act on, and never a code or a reply of Redis.
import { DamagedRecord } from '../../../model/store-errors.js';
import { isAboutRecord } from '../record-checks.js';

/**
 * Makes a call of the store, and throws `DamagedRecord` where Redis fails on a record. Calls that
 * begin in one turn of the event loop are sent in order.
 */
export async function typed<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof DamagedRecord || !isAboutRecord(error)) throw error;
    throw new DamagedRecord(error.message, { cause: error });
  }
}
