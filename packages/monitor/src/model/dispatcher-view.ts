// One dispatcher, with the jobs that it runs.
import { toRow, type JobRow } from './job-view.js';
import { NotThereError } from './not-there.js';
import type { DispatcherState, Sources } from './sources.js';

export interface DispatcherView extends DispatcherState {
  /** Jobs that it runs, or owns while they wait, fifty of each of its queues at most. */
  jobs: JobRow[];
}

/** So many of each queue. */
const MOST = 50;
/**
 * So many jobs of a queue are looked at for them. Those that run come first, then those that wait
 * for others.
 */
const MOST_READ = 2_000;

/** @throws NotThereError where there is no such dispatcher */
export async function readDispatcher(sources: Sources, uuid: string): Promise<DispatcherView> {
  const [now, info] = await Promise.all([sources.now(), sources.dispatchers.get(uuid)]);
  if (!info) throw new NotThereError(`there is no dispatcher ${uuid}: its record has gone`);
  const queues = [...new Set(info.agents.map(({ queue }) => queue))];
  const filter = { status: ['active', 'callbacks'], dispatcher: uuid } as const;
  const page = { end: MOST - 1, mostRead: MOST_READ };
  const lists = await Promise.all(
    queues.map((name) => sources.queue(name).jobs({ ...filter, ...page })),
  );
  return { ...info, pingAge: now - info.lastPing, jobs: lists.flat().map(toRow) };
}
