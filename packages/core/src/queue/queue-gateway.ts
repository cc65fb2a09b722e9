// The gateway of a queue's jobs (J12): each call goes to the store.
import type { JobGateway } from '../job/job-gateway.js';
import type { Job } from '../job/job.js';
import { originOf } from '../job/handle-data.js';
import { checkKeyOfOwned } from '../model/key-options.js';
import type { QueueStore } from '../store/bullmq/queue-store.js';
import { withRevive } from '../task/revive.js';
import { appendInQueue } from './append-in-queue.js';
import { explainJob } from './explain/explain.js';
import { sayingWhy } from './explain/why-late.js';
import { puttingAlone, toStored, toStoredChange } from './put-job.js';
import type { QueueParts } from './queue-parts.js';

export interface GatewayOptions {
  limits: Pick<JobGateway, 'queueName' | 'isImmediate' | 'maxDataBytes'>;
  store: QueueStore;
  /** The queue. @throws BadStatusError where it was closed */
  parts: () => QueueParts;
  /** The gateway of jobs in another queue under the same prefix. */
  gatewayFor: (queue: string) => JobGateway;
}

export function makeGateway({ limits, store, parts, gatewayFor }: GatewayOptions): JobGateway {
  const gateway: Omit<JobGateway, 'revive' | 'gatewayFor'> = {
    ...limits,
    read: (id, lane) => store.read(id, lane),
    progress: (id, lane) => store.progress(id, lane),
    parts: (id, lane, most) => store.parts(id, lane, most),
    partStates: (id, lane, start, most) => store.partStates(id, lane, start, most),
    annotate: (id, lane, name, json) => store.annotate(id, lane, name, json),
    waitForResult: (id, lane, timeout, origins, known) => {
      const ended = store.waitForResult(id, lane, timeout, origins, known);
      if (timeout === undefined) return ended;
      return sayingWhy(ended, store.use, { id, lane, origins });
    },
    toStoredChange: (options) => toStoredChange(parts(), options),
    update: (id, lane, change, known) => store.update(id, lane, change, known),
    addCallback: (id, lane, callback, origins, token) =>
      store.addCallback(id, lane, callback, origins, token),
    retry: (id, lane, options) => store.retry(id, lane, options),
    cancel: (id, task, lane, failure) => store.cancel(id, task, lane, failure),
    waitFor: (id, lane, condition, timeout, origins) =>
      store.waitFor(id, lane, condition, { timeout, origins }),
    explain: ({ id, task }, lane, origins, isOver) =>
      explainJob(store.use, { id, task, lane, origins }, isOver),
    async append(joining: Job, jobs: readonly Job[]) {
      const open = parts();
      for (const job of jobs) checkKeyOfOwned(job, job.options, 'part');
      return await puttingAlone(jobs, async (placing) => {
        // The defaults of puts do not hold for parts.
        const ofParts = { ...open, putDefaults: undefined };
        const stored = await toStored(ofParts, jobs, {}, placing, originOf(joining));
        return await appendInQueue({ store, gateway: open.gateway, joining, jobs, stored });
      });
    },
  };
  return withRevive(gateway, gatewayFor);
}
