// The attributes of Drover's spans: those of OpenTelemetry's conventions for messaging, and
// Drover's own. None of them has an argument or a value of a job (B2).
import type { Attributes } from '@opentelemetry/api';
import type { Job } from '@drover/core';

/** What a span is about, the first word of its name, with the type that the conventions give it. */
export const OPERATIONS = {
  send: 'send',
  process: 'process',
  wait: 'settle',
  settle: 'settle',
  cancel: 'settle',
  interrupt: 'settle',
} as const;
export type Operation = keyof typeof OPERATIONS;

export function spanName(operation: Operation, queue: string): string {
  return `${operation} ${queue}`;
}

function operationAttributes(operation: Operation, queue: string): Attributes {
  return {
    'messaging.system': 'drover',
    'messaging.destination.name': queue,
    'messaging.operation.name': operation,
    'messaging.operation.type': OPERATIONS[operation],
  };
}

export function putAttributes(queue: string, jobs: readonly Job[]): Attributes {
  const [first] = jobs;
  const isOfOneTask = jobs.every(({ task }) => task === first?.task);
  return {
    ...operationAttributes('send', queue),
    ...(first && isOfOneTask && { 'drover.task': first.task }),
    ...(first && jobs.length === 1
      ? { 'messaging.message.id': first.id }
      : { 'messaging.batch.message_count': jobs.length }),
  };
}

/** @param dispatcher the UUID of the one that makes the span */
export function jobAttributes(
  operation: Operation,
  { id, task, attempts, interruptions, options, schedule }: Job,
  queue: string,
  dispatcher: string,
): Attributes {
  return {
    ...operationAttributes(operation, queue),
    'messaging.message.id': id,
    'drover.task': task,
    'drover.lane': options.lane ?? 'main',
    'drover.tries': attempts,
    'drover.interruptions': interruptions,
    'drover.dispatcher': dispatcher,
    ...(schedule && { 'drover.schedule': schedule.name }),
  };
}
