// Collects the news of all workers: which batches each of them runs, and all counts.
import type { Worker } from './crew.js';
import type { JobNews, News } from './news.js';
import { indexBatch } from './tasks.js';

/** The disturbances, each done once. */
export const disturbances = ['SIGTERM', 'SIGKILL', 'SIGSTOP'] as const;
export type Disturbance = (typeof disturbances)[number];

export class History {
  /** The runs of all tasks. */
  runs = 0;
  refusals = 0;
  restarts = 0;
  /** Interrupted jobs, by the disturbance. `other`: none, for example on a slow machine. */
  readonly interruptions = { SIGTERM: 0, SIGKILL: 0, SIGSTOP: 0, other: 0 };
  /** The running batches among them; the other jobs waited for batches. */
  readonly batchesInterrupted = { SIGTERM: 0, SIGKILL: 0, SIGSTOP: 0, other: 0 };
  /** How often a result of each job was stored, by the news of the workers. */
  readonly commits = new Map<string, number>();
  readonly failures: string[] = [];
  /** The work has ended: nothing is left to disturb. */
  isOver = false;

  readonly #hitBy = new Map<string, Disturbance>();
  readonly #running = new Map<string, Map<string, number>>();
  readonly #batches = new Map<string, number>();
  readonly #done = new Set<number>();
  /** Interrupted batches that have not been started again, by the worker that lost them. */
  readonly #orphans = new Map<string, string>();
  readonly #watchers = new Set<() => void>();

  get batchesDone(): number {
    return this.#done.size;
  }

  get batchesRunning(): number {
    return [...this.#running.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get interrupted(): number {
    return Object.values(this.interruptions).reduce((sum, count) => sum + count, 0);
  }

  /** The number of the batch of a started job; undefined for other jobs. */
  batchOf(jobId: string): number | undefined {
    return this.#batches.get(jobId);
  }

  wasHit(worker: Worker): boolean {
    return this.#hitBy.has(worker.uuid);
  }

  /** The ms since the start of each batch that the worker runs. */
  ages(worker: Worker): number[] {
    const now = performance.now();
    return [...this.#runningOn(worker.uuid).values()].map((startedAt) => now - startedAt);
  }

  /** Whether another worker has taken over each batch that was taken from this one. */
  isSucceeded(worker: Worker): boolean {
    return this.ages(worker).length === 0 && ![...this.#orphans.values()].includes(worker.uuid);
  }

  /** Its process has ended: it no longer runs the batches that it has not reported as ended. */
  gone(worker: Worker): void {
    this.#runningOn(worker.uuid).clear();
  }

  hit(worker: Worker, disturbance: Disturbance): void {
    this.#hitBy.set(worker.uuid, disturbance);
  }

  end(): void {
    this.isOver = true;
    this.#changed();
  }

  record(worker: Worker, news: News): void {
    switch (news.event) {
      case 'started':
        this.runs++;
        this.#started(worker, news.job);
        break;
      case 'completed':
        this.commits.set(news.job.id, (this.commits.get(news.job.id) ?? 0) + 1);
        if (news.job.batch !== undefined) this.#done.add(news.job.batch);
        this.#runningOn(worker.uuid).delete(news.job.id);
        break;
      case 'failed':
        this.failures.push(`${news.job.task}: ${news.problem}`);
        this.#runningOn(worker.uuid).delete(news.job.id);
        break;
      case 'reassigned':
        this.refusals++;
        this.#runningOn(worker.uuid).delete(news.job.id);
        break;
      case 'interrupted':
        this.#interrupted(news.dispatcher, news.jobId, news.task);
        break;
    }
    this.#changed();
  }

  /** Calls `look` after each of the news until it finds something; undefined after `timeout` ms. */
  async until<T>(look: () => T | undefined | false, timeout?: number): Promise<T | undefined> {
    return await new Promise((resolve) => {
      const end = (found: T | undefined) => {
        clearTimeout(timer);
        this.#watchers.delete(watch);
        resolve(found);
      };
      const watch = () => {
        const found = look();
        if (found !== undefined && found !== false) end(found);
      };
      const timer = timeout === undefined ? undefined : setTimeout(() => end(undefined), timeout);
      this.#watchers.add(watch);
      watch();
    });
  }

  #started(worker: Worker, { id, task, batch }: JobNews): void {
    if (task !== indexBatch.name || batch === undefined) return;
    this.#batches.set(id, batch);
    this.#orphans.delete(id);
    this.#runningOn(worker.uuid).set(id, performance.now());
  }

  #interrupted(uuid: string, jobId: string, task: string): void {
    const disturbance = this.#hitBy.get(uuid) ?? 'other';
    this.interruptions[disturbance]++;
    this.#runningOn(uuid).delete(jobId);
    if (task !== indexBatch.name) return;
    this.batchesInterrupted[disturbance]++;
    // News of different processes may arrive in another order.
    const isTaken =
      this.commits.has(jobId) || [...this.#running.values()].some((running) => running.has(jobId));
    if (!isTaken) this.#orphans.set(jobId, uuid);
  }

  #runningOn(uuid: string): Map<string, number> {
    const running = this.#running.get(uuid) ?? new Map<string, number>();
    this.#running.set(uuid, running);
    return running;
  }

  #changed(): void {
    for (const watch of [...this.#watchers]) watch();
  }
}
