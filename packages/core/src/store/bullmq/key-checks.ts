// Checks the keys in a job's record: all must begin with the prefix, or the record was forged or
// damaged (B1).
import { DamagedRecord } from '../../model/store-errors.js';
import { orUndefined, parsed, isObject, isNames } from './record-checks.js';
import type { JobFields } from './fields.js';

/** Fields that are one key. */
const KEY_FIELDS = ['parentKey', 'callbackOf', 'partOf'] as const;
/** Fields that are JSON of keys. */
const LIST_FIELDS = ['callbacks', 'ranCallbacks', 'dependents', 'neededBy'] as const;

/**
 * Checks a claimed job. Scripts write to the keys that it names. Without this check a producer that
 * may write under the prefix alone could make a dispatcher write elsewhere. Or Redis would refuse
 * each end of the job for lack of rights, and its slot would never be free again.
 * @param root the beginning of every key under the prefix
 * @throws DamagedRecord
 */
export function expectOwnKeys(fields: JobFields, root: string): void {
  for (const field of KEY_FIELDS) {
    const key = fields[field];
    if (key !== undefined && !key.startsWith(root)) throw outside(field);
  }
  for (const field of LIST_FIELDS) {
    const json = fields[field];
    if (json !== undefined && !readKeys(field, json).every((key) => key.startsWith(root)))
      throw outside(field);
  }
  if (fields.parent !== undefined) expectOwnParent(fields.parent, root);
}

function readKeys(field: string, json: string): readonly string[] {
  // The code that uses the list finds any other damage.
  return orUndefined(() => parsed(field, json, isNames)) ?? [];
}

/** `queueKey`: BullMQ moves the parent within it. `of`: the root of a chain. */
function expectOwnParent(json: string, root: string): void {
  const parent = orUndefined(() =>
    parsed('parent', json, isObject<{ queueKey?: unknown; of?: unknown }>),
  );
  for (const key of [parent?.queueKey, parent?.of]) {
    if (typeof key === 'string' && !key.startsWith(root)) throw outside('parent');
  }
}

function outside(field: string): DamagedRecord {
  return new DamagedRecord(`its field ${field} names a key outside the prefix`);
}
