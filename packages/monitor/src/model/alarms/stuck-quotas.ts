// Quotas whose slots are all taken by jobs that do not go on (Q5). A full quota alone is no alarm.
import type { Explanation, Queue, Quota } from '@drover/core';
import { counted } from '../../text/words.js';
import { alarm, type Alarm } from './alarm.js';

/** So many holders of a quota are looked at, and so many full quotas of a queue. */
const MOST_HOLDERS = 5;
const MOST_QUOTAS = 20;
/** Of a quota with keys some are read: this look is made again and again. */
const MOST_KEYS = 100;

/** A job with such a reason does not go on by itself. */
const STUCK: ReadonlySet<Explanation['reason']> = new Set([
  'dispatcher-gone',
  'dispatcher-blocked',
  'no-holder',
  'set-aside',
  'removed',
  'completed',
  'failed',
] as const);

export async function stuckQuotas(queue: Queue): Promise<Alarm[]> {
  const full = (await queue.quotas.list({ mostKeys: MOST_KEYS })).filter(
    ({ size, held, waiters }) => waiters > 0 && held >= size,
  );
  const found = full.slice(0, MOST_QUOTAS).map((quota) => alarmOf(queue, quota));
  return (await Promise.all(found)).flat();
}

async function alarmOf(queue: Queue, quota: Quota): Promise<Alarm[]> {
  const { name, size, held, holders, waiters, keys } = quota;
  const some = holders.slice(0, MOST_HOLDERS);
  // Each key has slots of its own: jobs of other keys may go on (Q9).
  if (keys && (held > some.length || (size > 0 && keys.inUse > keys.read))) return [];
  const facts = {
    ...({ kind: 'quota-stuck', queue: queue.name, quota: name } as const),
    ...{ size, waiters, holders: some },
  };
  const what = `the quota ${name} of the queue ${queue.name}`;
  const waiting = `${counted(waiters, 'job')} ${waiters === 1 ? 'waits' : 'wait'} for ${what}`;
  if (some.length === 0) {
    const cure = `Resize it: drover quotas ${queue.name} set ${name} 1`;
    return [alarm(facts, `${waiting}, whose size is ${size}: none can begin.`, cure)];
  }
  const stuck = await Promise.all(some.map((holder) => isStuck(queue, holder, name)));
  if (!stuck.every(Boolean)) return [];
  const cure = `See why: drover explain ${some[0]}. A slot is free when a job that holds it ends.`;
  return [alarm(facts, `${waiting}, and no job that holds it goes on.`, cure)];
}

async function isStuck(queue: Queue, holder: string, quota: string): Promise<boolean> {
  const why = await queue.explain(holder);
  if (why.reason === 'interrupt-pending') return why.dispatchers === 0;
  if (why.reason !== 'parts-left') return STUCK.has(why.reason);
  // A part that needs the quota of its own composite waits for ever.
  const [part] = why.parts;
  if (!part || part.status !== 'pending') return false;
  const ofPart = await queue.sibling(part.queue).explain(part.id);
  return ofPart.reason === 'quota-full' && ofPart.quota === quota;
}
