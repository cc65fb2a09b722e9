// The calls of outside processes on the jobs of a history: put, append, cancel.
import { appendJobs, BadStatusError, type Job } from '@drover/core';
import { LATER } from './clock.js';
import type { Traits } from './model.js';
import type { System } from './system.js';
import { flow, plain, POLICIES } from './tasks.js';

export async function put(
  system: System,
  traits: Omit<Traits, 'deadline'>,
  isLimited: boolean,
): Promise<void> {
  const retryPolicy = POLICIES[traits.policy];
  const job = traits.flow ? flow.job(retryPolicy, traits.flow === 'in order') : plain.job();
  const options = { retryPolicy, ...(isLimited && { beginBy: LATER }) };
  await system.context.queue(system.queue).put(job as Job, options);
  system.model.put(job.id, { ...traits, deadline: isLimited ? Date.now() + LATER : undefined });
}

/** Anybody appends to a flow: that is so where it has not started, and refused else. */
export async function append(system: System, pick: number): Promise<void> {
  const flows = [...system.model.jobs.values()].filter((job) => job.flow);
  const joining = flows[pick % Math.max(1, flows.length)];
  const handle = joining && (await system.context.queue(system.queue).get(joining.id));
  if (!joining || !handle) return;
  const job = plain.job().with({ retryPolicy: policyOf(system, joining.id) });
  const appending = appendJobs(handle, [job]);
  if (joining.status === 'pending' && joining.parts.length === 0) {
    await appending;
    joining.appended.push(job.id);
  } else await expect(appending).rejects.toThrow(BadStatusError);
}

export async function cancel(system: System, pick: number): Promise<void> {
  const jobs = [...system.model.jobs.values()];
  const job = jobs[pick % Math.max(1, jobs.length)];
  const handle = job && (await system.context.queue(system.queue).get(job.id));
  if (!job || !handle) return;
  const cancelling = handle.cancel('by the history');
  if (system.model.cancel(job)) await cancelling;
  else await expect(cancelling).rejects.toThrow(BadStatusError);
}

export function policyOf(system: System, id: string): string {
  return POLICIES[system.model.job(id).policy];
}
