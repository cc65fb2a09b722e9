// Explains a job that the user gives: a handle in any state, or an id (O4).
import { checkId, refuseOddId } from '../../lib/names.js';
import { originsOf, placeOf } from '../../job/handle-data.js';
import { Job } from '../../job/job.js';
import type { Explanation } from '../../model/explanation.js';
import type { QueueParts } from '../queue-parts.js';
import { explainJob, told } from './explain.js';

/** As `Queue.explain`. */
export async function explainAny({ store }: QueueParts, job: Job | string): Promise<Explanation> {
  if (!(job instanceof Job)) {
    checkId(job);
    const explanation = await explainJob(store.use, { id: job });
    if (explanation.reason === 'removed') refuseOddId(job);
    return explanation;
  }
  const place = placeOf(job);
  if (!place) return told({ id: job.id, task: job.task }, { reason: 'not-put' });
  const { gateway, lane, origin } = place;
  return await gateway.explain(job, lane, originsOf(origin));
}
