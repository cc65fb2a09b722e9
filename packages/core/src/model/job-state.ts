// The life of a job, written down once: its statuses and the transitions between them (J2).
//
//   new ─put─▶ pending ─claim─▶ assigned ─start─▶ active ─result─▶ callbacks ─▶ completed
//                ▲                 │                │ ▲                │
//                └────put back─────┘◀────retry──────┘ └─wait for jobs──┘
//
// An interrupt leaves active and callbacks as they are. A cancel leads to completed by way of
// active. A job that has failed can be run again: then it is pending once more.

/** The statuses of a job, in their order. */
export const JobStatus = {
  NEW: 'new',
  PENDING: 'pending',
  ASSIGNED: 'assigned',
  ACTIVE: 'active',
  CALLBACKS: 'callbacks',
  COMPLETED: 'completed',
} as const;
export type JobStatus = (typeof JobStatus)[keyof typeof JobStatus];

/** The operations on a job. A test compares their transitions with docs/protocol/lifecycle.md. */
export const JobOperation = {
  /** A producer puts it, or its composite schedules it, or the part before it has ended. */
  PUT: 'put',
  /** A producer takes it out of the queue: pull and remove (Q3). */
  REMOVE: 'remove',
  /** Any process adds a callback. It runs with the result, or at once on a completed job (J7). */
  ADD_CALLBACK: 'add callback',
  /**
   * Any process ends it: it is taken from its dispatcher, or from the queue. A job whose turn has
   * not come ends when it comes (O1).
   */
  CANCEL: 'cancel',
  /** A dispatcher claims it, under a fencing token. */
  CLAIM: 'claim',
  /** The dispatcher with the claim starts the task. */
  START: 'start',
  /**
   * A job that was claimed and not started, or that has its result, goes back to the head of the
   * queue, unchanged (I1).
   */
  PUT_BACK: 'put back',
  /** Its dispatcher ends the claim: the job waits for other jobs (J5). */
  SUSPEND: 'suspend',
  /** The jobs that it waited for have completed, or its callbacks have. */
  WAKE: 'wake',
  /** Its policy decided that it runs again, now or later (R1). */
  RETRY: 'retry',
  /** It gets its result, or has it, and its callbacks run. */
  RESULT: 'result',
  /** It gets its result, or its last callback ended. */
  FINISH: 'finish',
  /**
   * Any process runs it again after it has failed (O3). A composite that runs again does so with
   * its failed parts.
   */
  RUN_AGAIN: 'run again',
  /** Its dispatcher stopped or died; a handleInterrupt or resumeCallbacks job decides (I1). */
  INTERRUPT: 'interrupt',
} as const;
export type JobOperation = (typeof JobOperation)[keyof typeof JobOperation];

type Transitions = Partial<Record<JobOperation, JobStatus | 'removed'>>;

/** The legal transitions: status → operation → status. Any other is refused. */
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

/** The state of a job in BullMQ, as the store reads it. */
export type StoredState =
  'waiting' | 'delayed' | 'active' | 'waiting-children' | 'finished' | 'deferred';

/** The facts of a stored job that decide its status. */
export interface StatusFacts {
  state: StoredState;
  /** How often it was claimed. */
  claims: number;
  /** It was suspended and has not finished: it waits for other jobs, or was woken by them. */
  suspended: boolean;
  /** It has its result. Until it is finished, its callbacks run. */
  hasResult: boolean;
}

/**
 * The status of a stored job. Only its dispatcher sees *assigned*, between the claim and the start:
 * to all others a claimed job is active.
 */
export function statusOf({ state, claims, suspended, hasResult }: StatusFacts): JobStatus {
  if (state === 'finished') return JobStatus.COMPLETED;
  if (hasResult) return JobStatus.CALLBACKS;
  if (state === 'active' || suspended) return JobStatus.ACTIVE;
  // A callback that may not run yet.
  if (state === 'deferred') return JobStatus.NEW;
  // A part of a serial that waits for the one before it has never been claimed.
  if (state === 'waiting-children') return claims === 0 ? JobStatus.NEW : JobStatus.ACTIVE;
  return JobStatus.PENDING;
}
