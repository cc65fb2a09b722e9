// The reasons why a job is not done, as data (O4). docs/guides/explain.md has a table of them.
import type { JobStatus } from './job-state.js';

/** Another job that an explanation names. */
export interface ExplainedJob {
  id: string;
  /** The name of its task; empty where it is gone. */
  task: string;
  queue: string;
  lane: string;
  /** 'gone': it is not stored any more. */
  status: JobStatus | 'gone';
}

/** A dispatcher that an explanation names. */
export interface ExplainedDispatcher {
  uuid: string;
  /** Empty where Redis has no record of it. */
  host: string;
  /** 0 where Redis has no record of it. */
  pid: number;
}

/** The job is not stored. */
export type NotStoredReason =
  /** The handle is new, or that of a run that did not commit (J6). */
  | { reason: 'not-put' }
  /** The task that has put it still runs (J6). */
  | { reason: 'put-not-committed'; by: string }
  /** The job that stores it, such as its composite, has not done so (J12). */
  | { reason: 'not-stored-yet'; origin: ExplainedJob }
  /** That job has ended without it, or is removed. */
  | { reason: 'never-stored'; origin: ExplainedJob }
  /** Its put has given its arguments to the job that has its key (Q8). `by`: the id of that one. */
  | { reason: 'replaced'; by: string }
  /** It was removed, trimmed (J9), or never put into this queue. `pulled`: by `queue.pull()`. */
  | { reason: 'removed'; queue: string; pulled: boolean };

/** The job has completed. Times are ms since 1970, by Redis's clock. */
export type EndedReason =
  | { reason: 'completed'; at: number }
  | { reason: 'failed'; at: number; failure: { name: string; message: string } };

/** Something of the queue keeps a pending job, or one that was woken, from going on. */
export type QueuedReason =
  /** It is a dead letter (B1). */
  | { reason: 'set-aside'; why: string; at: number }
  /** It was to begin by `deadline`, and the look that ends it has not come (Q2). */
  | { reason: 'begin-by-passed'; deadline: number; dispatchers: number }
  /** `since`: undefined where a BullMQ tool has paused the lane alone (O2, O6). */
  | { reason: 'paused'; queue: string; lane: string; since: number | undefined }
  | { reason: 'not-due'; dueAt: number; because: 'beginAfter' | 'retry' | 'resume' | 'offer' }
  /**
   * `held`: the number of holders, of which `holders` has some. `before`: the jobs of its lane that
   * wait for the quota before it. `reserved`: the free slots that are for jobs before it (Q4).
   */
  | {
      reason: 'quota-full';
      quota: string;
      size: number;
      held: number;
      holders: ExplainedJob[];
      before: number;
      reserved: number;
    }
  /**
   * It waits for the turn of its key (Q9): a slot of that may be free. `before`: the jobs of its
   * key before it in its lane. `keysBefore`: the keys of its lane that have their turns before that
   * one, undefined where its key does not wait for a turn. `onTurn`: the job of its key whose turn
   * has come, and which has not begun.
   */
  | {
      reason: 'quota-turn';
      quota: string;
      before: number;
      keysBefore: number | undefined;
      onTurn: ExplainedJob | undefined;
    }
  /** It waits for a quota that the queue has no more. */
  | { reason: 'quota-gone'; quota: string }
  /**
   * `opensAt`: when the next job may start; undefined: not by time. `isClosed`: a task has closed
   * it with a RateLimitedError. `before`, `reserved`: as of a quota (Q9).
   */
  | {
      reason: 'rate-limited';
      rateLimit: string;
      max: number;
      duration: number;
      opensAt: number | undefined;
      isClosed: boolean;
      before: number;
      reserved: number;
    }
  /** As `quota-turn`, of a rate limit with keys: a start of its key may be free (Q9). */
  | {
      reason: 'rate-limit-turn';
      rateLimit: string;
      before: number;
      keysBefore: number | undefined;
      onTurn: ExplainedJob | undefined;
    }
  /** It waits for a rate limit that the queue has no more. */
  | { reason: 'rate-limit-gone'; rateLimit: string }
  /** It waits for the end of the job with its key (Q8). `holder`: undefined where that is gone. */
  | { reason: 'key-taken'; key: string; holder: ExplainedJob | undefined }
  /** It is in no list of its lane: another program has taken it out. */
  | { reason: 'in-no-list'; lane: string };

/** It could begin, and no agent takes it. */
export type UnclaimedReason =
  /** `dead`: dispatchers that served the lane. `stopped`: those whose agents have the size 0. */
  | {
      reason: 'lane-unserved';
      queue: string;
      lane: string;
      dead: ExplainedDispatcher[];
      stopped: ExplainedDispatcher[];
    }
  /** The agents that serve the lane take other tasks alone (D9). `dispatchers`: of how many. */
  | { reason: 'task-not-taken'; lane: string; needs: string; dispatchers: number }
  /** `needs`: the name of the task, of the retry policy, or of the codec (B1). */
  | { reason: 'unknown-task'; needs: string; dispatchers: number }
  | { reason: 'unknown-policy'; needs: string; dispatchers: number }
  | { reason: 'unknown-codec'; needs: string; dispatchers: number }
  /** A limit that BullMQ keeps for the lane. `most`: 0 for a rate limit. */
  | { reason: 'lane-limited'; lane: string; most: number; active: number }
  /** The main loop of each dispatcher that serves the lane is blocked. */
  | { reason: 'dispatchers-blocked'; lane: string; blocked: BlockedDispatcher[] }
  /** `before`: the jobs before it in its lane; undefined: more than a thousand. */
  | { reason: 'waits-for-agent'; lane: string; before: number | undefined; active: number };

/** `blockedFor`: ms for which its main loop had not run at its last ping. */
export interface BlockedDispatcher extends ExplainedDispatcher {
  blockedFor: number;
}

/** A job of the system lane decides about the job, or ends it. */
interface Decided {
  decider: ExplainedJob;
  /** Why that one is a dead letter, if it is. */
  setAside?: string;
  /** The number of active dispatchers that can run it. */
  dispatchers: number;
}

/** It is claimed: a run, an interrupt or a cancel holds it. */
export type ClaimedReason =
  | { reason: 'running'; dispatcher: ExplainedDispatcher; since: number; attempt: number }
  | { reason: 'dispatcher-blocked'; dispatcher: BlockedDispatcher; since: number }
  /**
   * Its dispatcher has ended, and the job is not interrupted yet (I1). 'dead': nobody has begun to
   * clean up. 'cleaning': the cleanup is under way. 'ended': a reconcile pass finds the claim.
   * `others`: the number of dispatchers that can do it.
   */
  | {
      reason: 'dispatcher-gone';
      dispatcher: ExplainedDispatcher;
      state: 'dead' | 'cleaning' | 'ended';
      lastPing: number;
      others: number;
    }
  /** `decider`: its `handleInterrupt` or `resumeCallbacks` job (I3, I8). */
  | ({ reason: 'interrupt-pending'; interruptions: number } & Decided)
  /** `decider`: the `drover.cancel` job that ends it (O1). */
  | ({ reason: 'cancel-pending' } & Decided)
  /** It is claimed, and its holder does not exist. `decider`: the id of its gone system job. */
  | { reason: 'no-holder'; decider: string | undefined };

/** A job that waits, and whose dispatcher may have ended: the jobs that it waits for go on (I2). */
interface Waiting {
  /** Its dispatcher has ended: the job that decides about that. */
  interrupt?: ExplainedJob;
}

/** It waits for other jobs. */
export type WaitingReason =
  /**
   * `left`: how many parts have not ended, of which `parts` has those that can go on, ten at most.
   * `isAtLeast`: there are more. `total`: undefined where there are too many to count.
   */
  | ({
      reason: 'parts-left';
      left: number;
      isAtLeast: boolean;
      total: number | undefined;
      parts: ExplainedJob[];
    } & Waiting)
  | ({ reason: 'postprocess-left'; postprocess: ExplainedJob } & Waiting)
  /** For the job that its task returned, or that has its key (J5, Q8). */
  | ({ reason: 'waits-for-job'; job: ExplainedJob } & Waiting)
  | ({ reason: 'callbacks-left'; left: number; callbacks: ExplainedJob[] } & Waiting)
  /** It is a part, a postprocess or a callback whose turn comes after `after`. */
  | {
      reason: 'waits-for-turn';
      role: 'part' | 'postprocess' | 'callback';
      of: ExplainedJob | undefined;
      left: number;
      after: ExplainedJob[];
    }
  /** It is a callback of a job without a result (J7). */
  | { reason: 'waits-for-result'; of: ExplainedJob }
  /** Another program has removed the jobs that it waits for (O6). */
  | { reason: 'dependency-gone'; jobs: ExplainedJob[] };

export type Reason =
  NotStoredReason | EndedReason | QueuedReason | UnclaimedReason | ClaimedReason | WaitingReason;

/** The reason with that code. */
export type ReasonOf<C extends Reason['reason']> = Extract<Reason, { reason: C }>;

/** The job that an explanation is about. */
export interface Explained {
  id: string;
  /** The name of its task; undefined where it is not stored, and was given by its id. */
  task: string | undefined;
  /**
   * The failure with which it ends as soon as it goes on, whatever its task would do: it was
   * cancelled, aborted by its policy, or stopped by a failed part.
   */
  verdict?: { why: 'cancelled' | 'aborted' | 'stopped'; message: string };
}

/**
 * Why a job is not done (O4). `reason` is the code that decides which other facts there are.
 * `sentence` says it in words, `advice` what to do.
 */
export type Explanation = Explained & Reason & { sentence: string; advice: string };
