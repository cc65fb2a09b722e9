// The life of a job, written down once: its statuses and the transitions between them (J2).
//
//   new ──put──▶ pending ──claim──▶ assigned ──start──▶ active ──result──▶ callbacks ──▶ completed
//                  ▲                   │                  │ ▲                  │
//                  └──────put back─────┘◀─────retry───────┘ └──wait for jobs───┘ (an interrupt leaves active and callbacks as they are)
//
// A cancel leads to completed by way of active. A job that has failed can be let run again: then it
// is pending once more.

/** The statuses of a job, in the order in which it goes through them. */
export const JobStatus = {
  NEW: 'new',
  PENDING: 'pending',
  ASSIGNED: 'assigned',
  ACTIVE: 'active',
  CALLBACKS: 'callbacks',
  COMPLETED: 'completed',
} as const;
export type JobStatus = (typeof JobStatus)[keyof typeof JobStatus];

/**
 * The operations on a job, by whom, from which status to which. docs/protocol/lifecycle.md shows
 * them; a test holds the two together.
 */
export const JobOperation = {
  /** A producer puts it, or a composite's schedule or an ended predecessor brings its turn. */
  PUT: 'put',
  /** A producer takes it out of the queue: pull and remove (Q3). */
  REMOVE: 'remove',
  /**
   * Any process adds a callback: it runs with the result, or at once where the job has completed
   * (J7).
   */
  ADD_CALLBACK: 'add callback',
  /**
   * Any process ends it: it is taken from whoever has it; one whose turn has not come ends when it
   * comes (O1).
   */
  CANCEL: 'cancel',
  /** A dispatcher takes it, under a fencing token. */
  CLAIM: 'claim',
  /** The dispatcher that holds the claim starts the task. */
  START: 'start',
  /**
   * A claim that was not started, or whose result is stored, goes back to the head of the queue,
   * unchanged (I1).
   */
  PUT_BACK: 'put back',
  /** The claim's holder gives it to the jobs that it waits for (J5). */
  SUSPEND: 'suspend',
  /** The jobs that it waited for have completed; or its callbacks have. */
  WAKE: 'wake',
  /** Its policy decided that it runs again, now or later (R1). */
  RETRY: 'retry',
  /** It gets its result, or has it, and callbacks run. */
  RESULT: 'result',
  /** It gets its result, or its last callback ended. */
  FINISH: 'finish',
  /**
   * Any process lets it run again, once it has failed (O3); so does a composite that runs again,
   * with what failed below it.
   */
  RUN_AGAIN: 'run again',
  /** Its dispatcher stopped or died; a handleInterrupt or resumeCallbacks job decides (I1). */
  INTERRUPT: 'interrupt',
} as const;
export type JobOperation = (typeof JobOperation)[keyof typeof JobOperation];

type Transitions = Partial<Record<JobOperation, JobStatus | 'removed'>>;

/** The legal transitions: status → operation → status. What is not here is refused. */
export const jobTransitions: Readonly<Record<JobStatus, Transitions>> = {
  new: { put: 'pending', 'add callback': 'new', cancel: 'new' },
  pending: { remove: 'removed', 'add callback': 'pending', cancel: 'active', claim: 'assigned' },
  assigned: {
    'add callback': 'assigned',
    cancel: 'active',
    start: 'active',
    'put back': 'pending',
    interrupt: 'active',
  },
  active: {
    'add callback': 'active',
    cancel: 'active',
    suspend: 'active',
    wake: 'active',
    interrupt: 'active',
    retry: 'pending',
    result: 'callbacks',
    finish: 'completed',
  },
  callbacks: {
    'add callback': 'callbacks',
    'put back': 'callbacks',
    wake: 'callbacks',
    result: 'callbacks',
    interrupt: 'callbacks',
    finish: 'completed',
  },
  completed: { 'add callback': 'completed', 'run again': 'pending' },
};

/** Where BullMQ keeps a job, as the store reads it. */
export type StoredState =
  'waiting' | 'delayed' | 'active' | 'waiting-children' | 'finished' | 'deferred';

/** What of a stored job decides its status. */
export interface StatusFacts {
  state: StoredState;
  /** How often it was claimed. */
  claims: number;
  /**
   * It suspended itself and has not finished: it waits for other jobs, or has been woken by them.
   */
  suspended: boolean;
  /** It has its result: while it is not finished, its callbacks run. */
  hasResult: boolean;
}

/**
 * The status of a stored job. A claim and its start are one step of the dispatcher, so that
 * *assigned*, between the two, is seen by the dispatcher alone: to others a claimed job is active.
 */
export function statusOf({ state, claims, suspended, hasResult }: StatusFacts): JobStatus {
  if (state === 'finished') return JobStatus.COMPLETED;
  if (hasResult) return JobStatus.CALLBACKS;
  if (state === 'active' || suspended) return JobStatus.ACTIVE;
  // A callback whose turn has not come.
  if (state === 'deferred') return JobStatus.NEW;
  // A part of a serial that waits for the one before it has never been claimed.
  if (state === 'waiting-children') return claims === 0 ? JobStatus.NEW : JobStatus.ACTIVE;
  return JobStatus.PENDING;
}
