// All calls of the public face that read, on a queue that has been filled, and those that change
// many jobs.
import { Queue, type Dispatchers, type Job, type ListOptions } from '@drover/core';
import type { Place } from '../scenarios/scenario.js';
import { broken, quick } from '../tasks.js';
import type { Call } from './cost.js';
import { OTHER, QUOTA, type Filled, type Situation } from './fill.js';

/** Of a listing. */
const PAGE = 1_000;
const MINUTE = 60_000;

/** @param uuid of a dispatcher */
export function readsOf(
  place: Place,
  queue: Queue,
  { fleet, uuid }: { fleet: Dispatchers; uuid: string },
  filled: Filled,
): Call[] {
  const connection = { connection: place.url, prefix: place.prefix };
  return [
    { name: 'queue.counts()', call: () => queue.counts() },
    { name: 'queue.length()', call: () => queue.length() },
    ...listsOf(queue, filled),
    ...jobsOf(queue, filled),
    ...Object.entries(filled.albums).map(([which, album]) => ({
      name: `album.progress(), ${which}`,
      call: () => album.progress(),
    })),
    { name: 'Dispatchers.list()', call: () => fleet.list() },
    { name: 'Dispatchers.get()', call: () => fleet.get(uuid) },
    { name: 'Queue.names()', call: () => Queue.names(connection) },
    { name: 'queue.quotas.list()', call: () => queue.quotas.list() },
    { name: 'queue.quotas.get()', call: () => queue.quotas.get(QUOTA) },
    { name: 'queue.schedules.list()', call: () => queue.schedules.list() },
    { name: 'queue.deadLetters().list()', call: () => queue.deadLetters().list() },
    { name: 'queue.isPaused()', call: () => queue.isPaused() },
  ];
}

/** The listings: first pages and deep ones, and filters that pass few of very many jobs. */
function listsOf(queue: Queue, { total, first, last }: Filled): Call[] {
  const list = (what: string, options: ListOptions): Call => ({
    name: `queue.jobs(${what}`,
    call: () => queue.jobs(options),
  });
  const [start, deep] = [Math.floor(total * 0.3), Math.floor(total * 0.15)];
  const now = Date.now();
  const dispatcher = '00000000-0000-7000-8000-000000000000';
  return [
    list('), the first page', {}),
    list('), a deep page', { start, end: start + PAGE - 1 }),
    ...(['new', 'active', 'callbacks', 'succeeded', 'failed', 'completed'] as const).map((status) =>
      list(`{ status: '${status}' })`, { status }),
    ),
    list("{ status: 'completed' }), a deep page", {
      ...{ status: 'completed', start: deep, end: deep + PAGE - 1 },
    }),
    list(`{ lane: '${OTHER}' })`, { lane: OTHER }),
    list("{ status: 'completed', since, until })", {
      ...{ status: 'completed', since: now - 5 * MINUTE, until: now - MINUTE },
    }),
    list("{ status: 'failed', task })", { status: 'failed', task: broken }),
    list("{ status: 'completed', task: 'scale.b*' }), a deep page", {
      ...{ status: 'completed', task: 'scale.b*', start: PAGE, end: 2 * PAGE },
    }),
    list("{ status: 'completed', dispatcher }), no job passes", {
      ...{ status: 'completed', dispatcher },
    }),
    list("{ task: 'none*' }), no job passes", { task: 'none*' }),
    list('{ text }), the last job passes', { text: last.pending.id }),
    list('{ until, task }), the first page', { until: now, task: quick }),
    list("{ text, status: 'failed' })", { text: first.failed.id, status: 'failed' }),
  ];
}

/** The reads of one job, in each situation. */
function jobsOf(queue: Queue, filled: Filled): Call[] {
  const situations: [string, Job][] = (Object.keys(filled.first) as Situation[]).flatMap((name) => [
    [`${name}, the first one`, filled.first[name]],
    [`${name}, the last one`, filled.last[name]],
  ]);
  const composites = (Object.keys(filled.albums) as (keyof Filled['albums'])[]).flatMap(
    (name): [string, Job][] => [
      [`composite, ${name}`, filled.albums[name]],
      [`part of a pack, composite ${name}`, filled.parts[name]],
    ],
  );
  const all = [...situations, ...composites];
  return [
    ...all.map(([name, job]) => ({ name: `queue.get(), ${name}`, call: () => queue.get(job.id) })),
    { name: 'queue.byKey()', call: () => queue.byKey('invoice-0') },
    ...all.map(([name, job]) => ({
      name: `queue.explain(), ${name}`,
      call: () => queue.explain(job),
    })),
  ];
}

/** Calls on many jobs that leave the queue as it is. */
export function changesOf(queue: Queue): Call[] {
  const dryRun = { dryRun: true };
  const inLane = { lane: OTHER };
  return [
    { name: 'retryAll({}, { dryRun })', call: () => queue.retryAll({}, dryRun) },
    { name: `cancelAll({ lane: '${OTHER}' }, …)`, call: () => queue.cancelAll(inLane, dryRun) },
    { name: `removeAll({ lane: '${OTHER}' }, …)`, call: () => queue.removeAll(inLane, dryRun) },
    { name: 'queue.pause()', call: () => queue.pause() },
    { name: 'queue.resume()', call: () => queue.resume() },
  ];
}
