// Retries, cancels and removes jobs: one, or all of a queue that pass a filter.
import { z } from 'zod';
import { CHANGES, type Change } from '../../model/changes.js';
import { findJob } from '../../model/find-job.js';
import { countFields, isCounted } from '../confirm.js';
import { filterFields, listOptionsOf } from '../filter.js';
import { Problem } from '../problem.js';
import { action, knownQueue, queueOf, type Route } from '../route.js';

const reason = z.string().max(1_000).describe('of a cancel: the message of the failure').optional();

export const changeActions: readonly Route[] = CHANGES.flatMap((change) => [
  ofOne(change),
  ofMany(change),
]);

function ofOne({ name, description, one }: Change): Route {
  return action({
    path: `/api/jobs/:id/${name}`,
    about: `Of one job: ${description}.`,
    input: z.strictObject({ queue: z.string().optional(), reason }),
    async answer({ view, param, input }) {
      const known = await knownQueue(view, input.queue);
      const { queue, job } = await findJob(view, param('id'), known);
      await one(job, queue, input.reason);
      return { id: job.id, matched: 1, done: 1 };
    },
  });
}

function ofMany({ name, description, all }: Change): Route {
  return action({
    path: `/api/queues/:queue/${name}`,
    about: `Of many jobs: ${description}. A dry run counts them first.`,
    input: z.strictObject({
      filter: filterFields.optional(),
      all: z.literal(true).describe('without a filter: all of these').optional(),
      reason,
      ...countFields,
    }),
    async answer(call) {
      const { filter: given = {}, all: isAll, reason: why, ...confirm } = call.input;
      const queue = await queueOf(call);
      const filter = await listOptionsOf(call.view, given, call.redactor.isOn);
      if (Object.keys(filter).length === 0 && isAll !== true)
        throw new Problem(400, 'BAD_INPUT', `${name} needs a filter, or all: true`);
      const { matched } = await all(queue, filter, { dryRun: true });
      if (!isCounted(matched, confirm)) return { matched, done: 0, dryRun: true };
      const { signal } = call;
      // Jobs that have come since the count are not changed.
      const options = { signal, most: matched, ...(why !== undefined && { reason: why }) };
      return { ...(await all(queue, filter, options)) };
    },
  });
}
