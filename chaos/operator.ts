// The operator: sets schedules, and pauses queues for a while, through a faulty connection (Q10,
// O2). In the end all queues go on, and no schedule is left.
import type { Job, Queue } from '@drover/core';
import { setTimeout } from 'node:timers/promises';
import { Random } from '#kit/faults/random';
import { isTrouble } from './calls.js';
import type { History, Note } from './history.js';
import { Pending } from './pending.js';
import { planSchedules, type PlannedSchedule } from './plan-schedules.js';
import { QUEUES, type QueueName } from './queues.js';

/** Of its random numbers: others of the same seed stand below. */
const FIRST_STREAM = 300_000;
/** ms that a schedule may stand behind the clock when dispatchers run: a look, and a death. */
const BEHIND = 2_000;

export class Operator {
  readonly #pending = new Pending();

  constructor(
    private readonly queues: Record<QueueName, Queue>,
    private readonly history: History,
    private readonly seed: number,
  ) {}

  /** Begins its work, for so many ms. */
  async work(ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (const [i, schedule] of planSchedules(new Random(this.seed, FIRST_STREAM)).entries())
      this.#later(`setting ${schedule.name}`, this.#schedule(schedule, i, end));
    for (let n = 1; performance.now() < end; n++) {
      const random = new Random(this.seed, FIRST_STREAM + 1_000 + n);
      await setTimeout(Math.min(random.between(1_000, 6_000), end - performance.now()));
      const [queue, pause] = [random.pick(QUEUES), random.between(200, 2_000)];
      await this.#pause(queue, pause);
    }
  }

  /** Resolves when all that was begun has ended, or after so many ms: with what has not. */
  async ended(within: number): Promise<string[]> {
    return await this.#pending.end(within);
  }

  /** Lets all queues go on, and removes the schedules when each has come up with the clock. */
  async finish(within: number): Promise<void> {
    for (const queue of QUEUES) await this.#until(within, () => this.queues[queue].resume());
    for (const { name } of planSchedules(new Random(this.seed, FIRST_STREAM)))
      await this.#endSchedule(name, within);
  }

  #later(name: string, doing: Promise<void>): void {
    const told = (error: unknown): void => console.error('the operator failed:', error);
    this.#pending.add(name, doing.catch(told));
  }

  /** Each process may set its schedules at its start: they go on from where they stand. */
  async #schedule(planned: PlannedSchedule, i: number, end: number): Promise<void> {
    const { name, job, schedule } = planned;
    const random = new Random(this.seed, FIRST_STREAM + 100 + i);
    const { every, overlap, missed } = schedule;
    do {
      await this.#noted(
        (acknowledged) => ({ what: 'schedule set', name, schedule, acknowledged }),
        () =>
          this.queues.work.schedules.set(name, { every }, job() as Job<unknown, []>, {
            overlap,
            missed,
          }),
      );
      await setTimeout(
        Math.max(0, Math.min(random.between(2_000, 8_000), end - performance.now())),
      );
    } while (planned.isSetAgain && performance.now() < end);
  }

  /** Waits until it has come up with the clock, or moves no more, and removes it. */
  async #endSchedule(name: string, within: number): Promise<void> {
    const { schedules } = this.queues.work;
    let [stood, movedAt] = [0, performance.now()];
    for (;;) {
      const found = await this.#until(within, () => schedules.get(name));
      const { next = 0, skipped } = found ?? {};
      if (next !== stood) [stood, movedAt] = [next, performance.now()];
      const isLate = found !== undefined && next < Date.now() - BEHIND;
      if (isLate && performance.now() - movedAt < within) {
        await setTimeout(100);
        continue;
      }
      this.history.note({
        ...{ what: 'schedule ended', name },
        ...(found && { next }),
        ...(skipped !== undefined && { skipped }),
        ...(isLate && { late: true }),
      });
      if (found) await this.#until(within, () => schedules.remove(name));
      return;
    }
  }

  async #pause(queue: QueueName, ms: number): Promise<void> {
    const note = (what: 'paused' | 'resumed') => (acknowledged: boolean) =>
      ({ what, queue, acknowledged }) as const;
    await this.#noted(note('paused'), () => this.queues[queue].pause());
    await setTimeout(ms);
    await this.#noted(note('resumed'), () => this.queues[queue].resume());
  }

  /** Sends a call until it is acknowledged. */
  async #noted(note: (acknowledged: boolean) => Note, send: () => Promise<void>): Promise<void> {
    this.history.note(note(false));
    await this.#until(Infinity, send);
    this.history.note(note(true));
  }

  /** Sends a call again while Redis is away. */
  async #until<T>(within: number, send: () => Promise<T>): Promise<T> {
    const end = performance.now() + within;
    for (;;) {
      try {
        return await send();
      } catch (error) {
        if (!isTrouble(error) || performance.now() > end) throw error;
      }
    }
  }
}
