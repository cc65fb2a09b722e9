// Stops, kills and pauses workers while they run batches, one worker at a time, until each has
// interrupted something.
import type { Crew, Worker } from './crew.js';
import { disturbances, type Disturbance, type History } from './history.js';
import type { News } from './news.js';

export interface DisturberOptions {
  crew: Crew;
  history: History;
  batches: number;
  pace: number;
  say: (kind: string, text: string) => void;
}

/** The part of the work that is done when each disturbance begins. */
const BEGIN = { SIGTERM: 0.1, SIGKILL: 0.35, SIGSTOP: 0.6 };
/**
 * So many batches are left for the last disturbance. With fewer in all, the disturbances follow one
 * another at once.
 */
const RESERVE = 12;
/**
 * A batch counts as fresh for this part of its time. It is over half, so that two batches which
 * alternate are fresh at the same time.
 */
const FRESH = 0.75;
/** The time in which Drover must do what it promises. */
export const PATIENCE = 10_000;
/** Long enough for the other workers to have a free slot, and to look for jobs without a marker. */
const SUCCESSION = 6_000;

export class Disturber {
  readonly #heard = new Map<Worker, Set<News['event']>>();
  readonly #dead = new Set<string>();

  constructor(private readonly options: DisturberOptions) {}

  /** Collects the news of the workers, for which some disturbances wait. */
  hear(worker: Worker, news: News): void {
    if (news.event === 'died') this.#dead.add(news.dispatcher);
    if (news.event === 'activated') this.#dead.delete(worker.uuid);
    this.#heardOf(worker).add(news.event);
  }

  /** Whether the worker has reported that event since it was last disturbed. */
  hasSaid(worker: Worker, event: News['event']): boolean {
    return this.#heardOf(worker).has(event);
  }

  /** Resolves when all disturbances are done, and every worker is active again. */
  async run(): Promise<void> {
    const { crew, history } = this.options;
    await this.#disturbAll();
    const hit = crew.workers.filter((worker) => history.wasHit(worker));
    await this.#until('every worker is active again', () =>
      hit.every((worker) => this.hasSaid(worker, 'activated')),
    );
  }

  /** Ends early if the work is over: then some disturbance has interrupted nothing. */
  async #disturbAll(): Promise<void> {
    const { history, batches } = this.options;
    for (const disturbance of disturbances) {
      const begin = BEGIN[disturbance] * Math.max(0, batches - RESERVE);
      await history.until(() => history.isOver || history.batchesDone >= begin);
      while (!this.#hasWorked(disturbance)) {
        const victim = await this.#chooseVictim();
        if (victim === undefined) return;
        await this.#disturb(victim, disturbance);
      }
    }
  }

  #hasWorked(disturbance: Disturbance): boolean {
    const { batchesInterrupted, refusals } = this.options.history;
    return batchesInterrupted[disturbance] > 0 && (disturbance !== 'SIGSTOP' || refusals > 0);
  }

  /** A worker whose batches are all fresh: they will still run when the signal arrives. */
  async #chooseVictim(): Promise<Worker | undefined> {
    const { crew, history, batches, pace } = this.options;
    const isFresh = (worker: Worker) => {
      const ages = history.ages(worker);
      return ages.length > 0 && ages.every((age) => age <= FRESH * pace);
    };
    const choose = (): Worker | undefined => {
      const fresh = crew.workers.filter(isFresh);
      const other = crew.workers.some(
        (worker) => !history.wasHit(worker) && history.ages(worker).length > 0,
      );
      return (
        fresh.find((worker) => !history.wasHit(worker)) ??
        (other && batches > RESERVE ? undefined : fresh[0])
      );
    };
    const chosen = await history.until(() =>
      history.isOver ? { victim: undefined } : asFound(choose()),
    );
    return chosen?.victim;
  }

  async #disturb(victim: Worker, disturbance: Disturbance): Promise<void> {
    const { crew, history } = this.options;
    this.#heardOf(victim).clear();
    history.hit(victim, disturbance);
    crew.signal(victim, disturbance);
    if (disturbance === 'SIGTERM') await this.#afterStop(victim);
    if (disturbance === 'SIGKILL') await this.#afterKill(victim);
    if (disturbance === 'SIGSTOP') await this.#afterPause(victim);
  }

  async #afterStop(victim: Worker): Promise<void> {
    this.options.say('SIGTERM', `${this.#whatItRuns(victim)}: it is told to stop`);
    await victim.ended;
    this.#restart(victim);
  }

  async #afterKill(victim: Worker): Promise<void> {
    this.options.say('SIGKILL', `${this.#whatItRuns(victim)}: it dies without a word`);
    // If it started again at once, it would claim its own jobs again.
    await this.#untilSucceeded(victim);
    this.#restart(victim);
  }

  async #afterPause(victim: Worker): Promise<void> {
    const { crew, history, pace, say } = this.options;
    say('SIGSTOP', `${this.#whatItRuns(victim)}: it is paused in the middle of that`);
    await this.#untilSucceeded(victim);
    say('SIGCONT', `${victim.name} goes on, and knows nothing of all this`);
    crew.signal(victim, 'SIGCONT');
    await this.#until(`${victim.name} is active again`, () => this.hasSaid(victim, 'reactivated'));
    // All its batches end late. On a slow machine it may have stored all of them before the pause:
    // then it is paused once more.
    const { batchesInterrupted } = history;
    await history.until(
      () => history.refusals >= Math.max(1, batchesInterrupted.SIGSTOP),
      pace + SUCCESSION,
    );
  }

  /** Waits until it was found dead, and others run its batches. */
  async #untilSucceeded(victim: Worker): Promise<void> {
    await this.#until(`the death of ${victim.name} is noticed`, () => this.#dead.has(victim.uuid));
    // A batch that it stored without reporting it is not run again.
    await this.options.history.until(() => this.options.history.isSucceeded(victim), SUCCESSION);
  }

  #restart(victim: Worker): void {
    const { crew, history, say } = this.options;
    history.restarts++;
    history.gone(victim);
    crew.start(victim);
    say('restarted', `${victim.name} with its UUID, as process ${victim.process?.pid}`);
  }

  #whatItRuns(victim: Worker): string {
    const { length } = this.options.history.ages(victim);
    const batches = length === 1 ? 'a batch' : `${length} batches`;
    return `${victim.name} (process ${victim.process?.pid}) runs ${batches}`;
  }

  async #until(what: string, condition: () => boolean): Promise<void> {
    const found = await this.options.history.until(condition, PATIENCE);
    if (!found) throw new Error(`waited ${PATIENCE / 1_000} s in vain until ${what}`);
  }

  #heardOf(worker: Worker): Set<News['event']> {
    const heard = this.#heard.get(worker) ?? new Set<News['event']>();
    this.#heard.set(worker, heard);
    return heard;
  }
}

function asFound(victim: Worker | undefined): { victim: Worker } | undefined {
  return victim && { victim };
}
