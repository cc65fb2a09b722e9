// The times of the jobs that have ended within the last 10 to 20 minutes, by agent and task (D8).
import type { LaneId } from './poll.js';
import { isOf, type AgentFilter } from './agent-filter.js';
import { Times, type TimesOfJobs } from './times.js';

/** ms. The window is the slice under way and the one before it. */
const SLICE = 10 * 60_000;
/** An agent keeps the times of so many tasks: 10 MB at most. All others share one entry. */
const TASKS = 100;

/** By the name of the task; undefined: those beyond the first hundred. */
type ByTask = Map<string | undefined, Times>;

/** The times of one agent. */
export class AgentTimes {
  #slice = 0;
  #current: ByTask = new Map();
  #previous: ByTask = new Map();

  /** Counts a job that ended at `now`. All in ms; undefined: unknown. */
  record(
    task: string,
    waited: number | undefined,
    duration: number | undefined,
    now: number,
  ): void {
    // A job that ended without a start has none.
    if (waited === undefined && duration === undefined) return;
    this.#moveTo(now);
    let times = this.#current.get(task);
    if (!times) {
      const name = this.#current.size < TASKS ? task : undefined;
      times = this.#current.get(name) ?? new Times();
      this.#current.set(name, times);
    }
    times.record(waited, duration);
  }

  /** The times within the window, by task. */
  entries(now: number): [task: string | undefined, times: Times][] {
    this.#moveTo(now);
    return [...this.#previous, ...this.#current];
  }

  /** Tasks without a job in the window are forgotten: names may be made up without end. */
  #moveTo(now: number): void {
    const slice = Math.floor(now / SLICE);
    if (slice === this.#slice) return;
    this.#previous = slice === this.#slice + 1 ? this.#current : new Map();
    this.#current = new Map();
    this.#slice = slice;
  }
}

export class RecentTimes {
  readonly #agents: (Pick<LaneId, 'queue' | 'agent'> & { times: AgentTimes })[] = [];

  of(queue: string, agent: string): AgentTimes {
    const known = this.#agents.find((one) => one.queue === queue && one.agent === agent);
    if (known) return known.times;
    const times = new AgentTimes();
    this.#agents.push({ queue, agent, times });
    return times;
  }

  /** Percentiles of all jobs of these agents, and of each task. */
  summary(
    filter: AgentFilter,
    now: number,
  ): TimesOfJobs & { tasks: Readonly<Record<string, TimesOfJobs>> } {
    const total = new Times();
    const byTask = new Map<string, Times>();
    for (const agent of this.#agents) {
      if (!isOf(agent, filter)) continue;
      for (const [task, times] of agent.times.entries(now)) {
        total.add(times);
        if (task === undefined) continue;
        const sum = byTask.get(task) ?? new Times();
        byTask.set(task, sum);
        sum.add(times);
      }
    }
    const tasks = [...byTask].map(([task, times]) => [task, times.percentiles] as const);
    return { ...total.percentiles, tasks: Object.fromEntries(tasks) };
  }
}
