// Writes one line in words for each event.
import type { Job, Queue } from '@drover/core';
import type { Crew, Worker } from './crew.js';
import type { History } from './history.js';
import type { JobNews, News } from './news.js';
import type { Screen } from './screen.js';
import { indexBatch } from './tasks.js';

export interface NarratorOptions {
  screen: Screen;
  crew: Crew;
  history: History;
  queue: Queue;
}

const WAITING: Record<string, string> = {
  'drover.serial': 'the serial, which waits for its parts',
  'drover.parallel': 'the parallel, which waits for its batches',
  'demo.scan': 'scan, which waits for the parallel that it returned',
};
/** ms to wait for the decision about an interrupt, which usually takes a few. */
const DECISION = 5_000;

export class Narrator {
  readonly #deposed = new Set<Worker>();
  /** The worker from which each job was taken last. */
  readonly #takenFrom = new Map<string, string>();

  constructor(private readonly options: NarratorOptions) {}

  tell(worker: Worker, news: News): void {
    const { screen, crew } = this.options;
    switch (news.event) {
      case 'activated':
        if (!this.#deposed.has(worker))
          screen.event('active', `${worker.name}, process ${worker.process?.pid}`);
        return;
      case 'deactivated':
        return screen.event('stopped', `${worker.name} gave back what it could not finish`);
      case 'died':
        return screen.event(
          'died',
          `${crew.named(news.dispatcher)}: ${deathOf(news.age)}, says ${worker.name}`,
          'red',
        );
      case 'interrupted':
        void this.#tellInterrupt(news).catch(() => {});
        return;
      case 'started':
        return this.#tellStart(worker, news.job);
      case 'reassigned':
        return screen.event(
          'refused',
          `${worker.name} comes late with ${nameOf(news.job)}, ` +
            `claim ${news.job.fence}: not accepted`,
          'magenta',
        );
      case 'deposed':
        this.#deposed.add(worker);
        return screen.event('deposed', `${worker.name} learns that it was given up`, 'yellow');
      case 'reactivated':
        this.#deposed.delete(worker);
        return screen.event(
          'active',
          `${worker.name} again, in the same process, as activation ${news.epoch}`,
        );
      case 'failed':
        return screen.event('failed', `${nameOf(news.job)}: ${news.problem}`, 'red');
    }
  }

  #tellStart(worker: Worker, job: JobNews): void {
    if (job.fence === 1) return;
    const isOwn = this.#takenFrom.get(job.id) === worker.uuid;
    const by = `${worker.name}${isOwn ? ' itself' : ''}`;
    const text = `${nameOf(job)}, by ${by}: claim ${job.fence} of it`;
    this.options.screen.event(isOwn ? 'run again' : 'taken over', text, 'green');
  }

  async #tellInterrupt(news: News & { event: 'interrupted' }): Promise<void> {
    const { screen, crew, history, queue } = this.options;
    const { jobId, task, dispatcher } = news;
    this.#takenFrom.set(jobId, dispatcher);
    // A worker that was killed may not have reported the start.
    const batch =
      history.batchOf(jobId) ??
      (task === indexBatch.name ? await this.#readBatch(jobId) : undefined);
    const what = WAITING[task] ?? nameOf({ task, ...(batch !== undefined && { batch }) });
    screen.event('interrupted', `${what} (${crew.named(dispatcher)})`, 'yellow');
    if (WAITING[task] === undefined) return;
    // A job that waits is not started again: the worker that decides its interrupt owns it from
    // then on.
    const decision = (await queue.get(news.handleInterrupt)) as Job<string> | undefined;
    if ((await decision?.wait({ timeout: DECISION })) !== 'goes on waiting') return;
    await decision?.refresh();
    screen.event(
      'taken over',
      `${what.split(',')[0]}, by ${crew.named(decision?.dispatcher)}: it goes on waiting`,
      'green',
    );
  }

  async #readBatch(jobId: string): Promise<number | undefined> {
    const job = await this.options.queue.get(jobId);
    return job?.args[0] as number | undefined;
  }
}

function nameOf({ task, batch }: Pick<JobNews, 'task' | 'batch'>): string {
  if (batch !== undefined) return `batch ${batch}`;
  return task.replace(/^(demo|drover)\./, '');
}

function deathOf(age: number): string {
  return `no ping for ${(age / 1_000).toFixed(1)} s`;
}
