// The counters and histograms of a worker: what its dispatcher tells of runs, by queue and task.
import { Counter, Histogram, type Registry } from 'prom-client';
import type { RunEvent, WatchedDispatcher, WatchedEvents } from './watched-dispatcher.js';

const HELP = {
  started: 'Tasks that were called; each retry counts.',
  completed: 'Jobs whose value was stored.',
  failed: 'Jobs whose failure was stored, but for those that were cancelled.',
  retried: 'Runs that failed, and whose job runs again.',
  interrupted: 'Started jobs that were interrupted, also those of a dead dispatcher.',
  cancelled: 'Jobs that ended as cancelled.',
  reassigned: 'Runs whose result was refused, since their job was interrupted or cancelled.',
} as const;
type Kind = keyof typeof HELP;

const KINDS = Object.keys(HELP) as Kind[];
const WAIT = 'drover_job_wait_seconds';
const RUN = 'drover_job_run_seconds';
const DEATHS = 'drover_dispatcher_deaths_seen_total';
const nameOf = (kind: Kind): string => `drover_jobs_${kind}_total`;

export const RUN_METRICS = [...KINDS.map(nameOf), WAIT, RUN, DEATHS];

/** From 5 ms to an hour. */
const BUCKETS = [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600];
const LABELS = ['queue', 'task'] as const;
type Labels = Readonly<Record<(typeof LABELS)[number], string>>;

export interface RunMetricsOptions {
  register: Registry;
  /** The value of a label for the name of a task. */
  taskLabel: (task: string) => string;
}

/** Counts from now on. @returns how to stop */
export function countRuns(
  dispatcher: WatchedDispatcher,
  { register, taskLabel }: RunMetricsOptions,
): () => void {
  const registers = [register];
  const counter = (name: string, help: string): Counter<keyof Labels> =>
    new Counter({ name, help, labelNames: LABELS, registers });
  const counters = new Map(KINDS.map((kind) => [kind, counter(nameOf(kind), HELP[kind])]));
  const histogram = (name: string, help: string): Histogram<keyof Labels> =>
    new Histogram({ name, help, labelNames: LABELS, buckets: BUCKETS, registers });
  const waits = histogram(WAIT, 'From when a job was due to the call of its task.');
  const runs = histogram(RUN, 'From the call of a task to the end of its job, or to its retry.');
  const deaths = new Counter({
    ...{ name: DEATHS, help: 'Siblings that this dispatcher found dead.', registers },
  });

  const labelsOf = (queue: string, task: string): Labels => ({ queue, task: taskLabel(task) });
  const count = (kind: Kind, { queue, job }: RunEvent): Labels => {
    const labels = labelsOf(queue, job.task);
    counters.get(kind)?.inc(labels);
    return labels;
  };
  const ended = (kind: Kind, event: RunEvent): void => {
    const labels = count(kind, event);
    if (event.duration !== undefined) runs.observe(labels, event.duration / 1_000);
  };
  return listen(dispatcher, {
    started: (event) => {
      const labels = count('started', event);
      if (event.waited !== undefined) waits.observe(labels, event.waited / 1_000);
    },
    completed: (event) => ended('completed', event),
    failed: (event) => {
      if (event.failure.name === 'CancelledError') count('cancelled', event);
      else ended('failed', event);
    },
    retried: (event) => ended('retried', event),
    reassigned: (event) => void count('reassigned', event),
    interrupted: ({ queue, task }) => counters.get('interrupted')?.inc(labelsOf(queue, task)),
    died: () => deaths.inc(),
  });
}

type Listeners = { [Event in keyof WatchedEvents]: (about: WatchedEvents[Event]) => void };

function listen(dispatcher: WatchedDispatcher, listeners: Listeners): () => void {
  const all = Object.entries(listeners);
  for (const [event, listener] of all) dispatcher.on(event, listener);
  return () => {
    for (const [event, listener] of all) dispatcher.off(event, listener);
  };
}
