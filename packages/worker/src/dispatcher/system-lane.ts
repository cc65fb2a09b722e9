// The chores of an activation before each claim from a system lane: it reopens the lane, ends jobs
// that have not begun in time, puts the jobs of schedules, and looks at rate limits.
import { SYSTEM_LANE, type WorkerStore } from '@drover/core/internal';
import type { Activation, Run } from '../activation/activation.js';
import type { DispatcherContext } from '../context/context.js';
import { endLateJobs } from '../claim/late-jobs.js';
import type { LimitOpeners } from '../claim/limit-opener.js';
import { skipDamaged } from '../recovery/skip-damaged.js';
import { execute, executeDeps } from '../run/execute.js';
import type { SystemTasks } from '../run/ready.js';

/** Ms to the next look at a list of the queue if its key has the wrong Redis type. */
const WRONG_TYPE_CHECK = 5_000;

export interface SystemLaneOptions {
  context: DispatcherContext;
  activation: Activation;
  onError: (error: Error) => void;
  /** Interrupts the job of a run. */
  interrupt: (run: Run) => Promise<unknown>;
  systemTasks: SystemTasks;
  rateLimits: LimitOpeners;
}

export class SystemLane {
  /** Late jobs that are being ended. They take no slot of an agent. */
  readonly #ending = new Set<Promise<unknown>>();
  /** By queue. */
  readonly #schedules = new Map<string, ReturnType<WorkerStore['schedules']>>();

  constructor(private readonly options: SystemLaneOptions) {}

  /** Resolves to the time at which the chores are due again: ms since 1970, 0 for never. */
  async beforeClaim(queue: string): Promise<number> {
    const { context } = this.options;
    const { reportError: onError } = context;
    const lookAgain = context.store.clock.now() + WRONG_TYPE_CHECK;
    // Recovery runs all the same where an operator has paused the lane with BullMQ (O6), and where
    // a list of the queue is damaged (B1).
    const [late, scheduled] = await Promise.all([
      skipDamaged({ onError }, () => this.#endLateJobs(queue), lookAgain),
      skipDamaged({ onError }, () => this.#schedulesOf(queue).put(), lookAgain),
      skipDamaged({ onError }, () => this.#open(queue)),
      skipDamaged({ onError }, () => this.options.rateLimits.look(queue)),
    ]);
    return Math.min(late || scheduled, scheduled || late);
  }

  /** Resolves when no late job is being ended. */
  async idle(): Promise<void> {
    while (this.#ending.size > 0) await Promise.allSettled(this.#ending);
  }

  #schedulesOf(queue: string): ReturnType<WorkerStore['schedules']> {
    const { store, settings, reportError } = this.options.context;
    const schedules =
      this.#schedules.get(queue) ?? store.schedules(queue, settings.deathInterval, reportError);
    this.#schedules.set(queue, schedules);
    return schedules;
  }

  async #open(queue: string): Promise<void> {
    const { store, settings } = this.options.context;
    if (await store.recovery.openSystemLane(queue))
      settings.logger.warn(
        { queue },
        'the system lane was paused or limited by another program: recovery goes on',
      );
  }

  /** Ends the jobs whose `beginBy` has passed, even if every agent is busy (Q2). */
  async #endLateJobs(queue: string): Promise<number> {
    const { context, activation } = this.options;
    const setup = {
      ...this.options,
      queue,
      agent: SYSTEM_LANE,
      threads: undefined,
      history: context.history.lane(queue, SYSTEM_LANE, SYSTEM_LANE),
    };
    return await endLateJobs({
      context,
      activation,
      queue,
      execute: async (claim, store) => {
        const executing = execute(claim, executeDeps({ ...setup, store }));
        this.#ending.add(executing);
        try {
          return await executing;
        } finally {
          this.#ending.delete(executing);
        }
      },
    });
  }
}
