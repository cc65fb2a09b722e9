// The keys that a job's record names: all must stand under the prefix, or the record was forged or
// damaged (B1).
import { DamagedRecord, orUndefined, parsed, isObject, isNames } from './damaged.js';
import type { JobFields } from './fields.js';

/** Fields that hold one key. */
const KEY_FIELDS = ['parentKey', 'callbackOf', 'partOf'] as const;
/** Fields that hold keys, JSON. */
const LIST_FIELDS = ['callbacks', 'ranCallbacks', 'dependents', 'neededBy'] as const;

/**
 * Checks a claimed job. Scripts write to the keys that it names: without this check a producer that
 * may only write under the prefix could have a dispatcher write elsewhere; or each end of the job
 * would be refused by Redis for lack of rights, and its slot would be held for ever.
 * @param root stands before every key under the prefix
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
  // A list that is damaged in another way is found by whatever uses it.
  return orUndefined(() => parsed(field, json, isNames)) ?? [];
}

/** BullMQ moves the parent within `queueKey`; `of` is the job at the end of a row. */
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
