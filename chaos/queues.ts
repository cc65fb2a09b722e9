// The queues of a run, and where a task of one puts jobs into the other.
import { local, type Queue } from '@drover/core';

export const QUEUES = ['work', 'other'] as const;
export type QueueName = (typeof QUEUES)[number];

let others: (name: string) => Queue = () => local.getQueue();

/** How this process makes a queue beside that of the job that runs. */
export function makeOthers(make: (name: string) => Queue): void {
  const made = new Map<string, Queue>();
  others = (name) => {
    const queue = made.get(name) ?? make(name);
    made.set(name, queue);
    return queue;
  };
}

/** The queue of that name, for a job that runs. */
export function queueNamed(name: QueueName): Queue {
  return local.getQueue().name === name ? local.getQueue() : others(name);
}
