// Jobs that no active dispatcher can run, since none knows their task, policy or codec (B1).
import type { Queue } from '@drover/core';
import { counted } from '../../text/words.js';
import { alarm, type Alarm } from './alarm.js';

/** So many different needs of a queue are looked at. */
const MOST = 10;

const WHAT = { task: 'the task', policy: 'the retry policy', codec: 'the codec' } as const;

export async function unknownNeeds(queue: Queue): Promise<Alarm[]> {
  const needs = (await queue.unroutable()).slice(0, MOST);
  const found = needs.map(async ({ lane, kind, name, jobs, job }): Promise<Alarm[]> => {
    // Another process may know it: then its next offer runs the job.
    const { reason } = await queue.explain(job);
    if (!reason.startsWith('unknown-')) return [];
    const facts = { kind: `${kind}-unknown`, queue: queue.name, lane, name, jobs, job } as const;
    const says =
      `No active dispatcher of the lane ${lane} of the queue ${queue.name} knows ` +
      `${WHAT[kind]} ${name}: ${counted(jobs, 'job')} cannot run.`;
    const cure = `Start a process that serves the lane and imports the module that defines it.`;
    return [alarm(facts, says, cure)];
  });
  return (await Promise.all(found)).flat();
}
