// The messages between the measuring process and the worker processes, and the settings that are
// compared.

/** The task that never ends. */
export const ENDLESS = 'endless';
/** ms that a job has to end after SIGTERM. It does not. */
export const GRACE = 100;

/** A message of a worker process. `at`: ms since 1970. */
export interface WorkerEvent {
  event: 'ready' | 'running';
  at: number;
}

export interface DroverIntervals {
  pingInterval?: number;
  deathInterval?: number;
}

export interface RawIntervals {
  lockDuration?: number;
  stalledInterval?: number;
}

export type WorkerSettings = { url: string; prefix: string } & (
  | { side: 'drover'; uuid: string; intervals: DroverIntervals }
  | { side: 'raw'; intervals: RawIntervals }
);

/** One column of the table. `title`: its settings in words. */
export type Contender = { name: string; title: string; isSlow: boolean } & (
  { side: 'drover'; intervals: DroverIntervals } | { side: 'raw'; intervals: RawIntervals }
);

export const contenders: readonly Contender[] = [
  {
    name: 'raw, defaults',
    title: 'raw BullMQ, defaults',
    side: 'raw',
    intervals: {},
    isSlow: true,
  },
  // As fast as is sane: a lock that is shorter is lost by a process that computes for two seconds.
  {
    name: 'raw, lock 2 s',
    title: 'raw, lock 2 s, looks each 0.5 s',
    side: 'raw',
    intervals: { lockDuration: 2_000, stalledInterval: 500 },
    isSlow: false,
  },
  {
    name: 'Drover, defaults',
    title: 'Drover, defaults',
    side: 'drover',
    intervals: {},
    isSlow: true,
  },
  {
    name: 'Drover, death 2 s',
    title: 'Drover, deathInterval 2 s, ping 0.5 s',
    side: 'drover',
    intervals: { pingInterval: 500, deathInterval: 2_000 },
    isSlow: false,
  },
];
