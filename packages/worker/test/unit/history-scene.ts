// A history with a clock that the test sets, and the calls that a claimer and its runs make (D8).
import { Failure } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import { newRun, type Run } from '../../src/activation/activation.js';
import type { Committed, Outcome } from '../../src/activation/outcome.js';
import { History } from '../../src/history/history.js';
import type { Poll } from '../../src/history/poll.js';

export const AGENTS = [
  { queue: 'images', name: 'main', size: 1, threads: undefined, lanes: ['main', 'gpu'] },
  { queue: 'images', name: 'spare', size: 1, threads: undefined, lanes: ['main'] },
  { queue: 'mails', name: 'main', size: 1, threads: undefined, lanes: ['main'] },
];

export const START = 1_000_000;

/** A history with a clock, and the calls that a claimer and its runs make. */
export class Scene {
  now = START;
  readonly runs: Run[] = [];
  listener: ((poll: Poll) => void) | undefined;
  readonly history = new History({
    agents: AGENTS,
    queues: ['images', 'mails'],
    runs: () => this.runs.filter(({ hasEnded }) => !hasEnded),
    stuck: () => [],
    listener: () => this.listener,
    clock: { now: () => this.now },
  });

  claim(id: string, claim: Partial<ClaimedJob> = {}, queue = 'images', agent = 'main'): Run {
    const stored = {
      id,
      task: 'task',
      args: '[]',
      options: {},
      lane: 'main',
      fence: 1,
      interruptions: 0,
      ...claim,
    };
    const run = newRun(stored as ClaimedJob, queue, agent, () => {});
    this.runs.push(run);
    this.#lane(run).claimed(run);
    return run;
  }

  start(run: Run): Run {
    this.#lane(run).started(run);
    return run;
  }

  end(run: Run, committed: Committed): void {
    run.hasEnded = true;
    this.#lane(run).ended(run, committed);
  }

  /** A job from its claim to its end, `duration` ms later. */
  job(
    id: string,
    duration = 0,
    outcome: Outcome = DONE,
    claim: Partial<ClaimedJob> = {},
    queue?: string,
    agent?: string,
  ) {
    const run = this.start(this.claim(id, claim, queue, agent));
    this.now += duration;
    this.end(run, { kind: 'stored', outcome });
  }

  /** Time goes by, and the poll ends. */
  endPoll(ms = 5_000): void {
    this.now += ms;
    this.history.endPoll();
  }

  #lane({ queue, agent, claim }: Run) {
    return this.history.lane(queue, agent, claim.lane);
  }
}

export const DONE: Outcome = { kind: 'done', value: '7' };

export const FAILED: Outcome = { kind: 'failed', failure: Failure.from(new RangeError('no')) };

export const RETRY: Outcome = {
  kind: 'retry',
  failure: Failure.from(new TypeError('not yet')),
  delay: 0,
  policyData: {},
};

export const WAITS: Outcome = { kind: 'waitsFor', schedule: undefined };
