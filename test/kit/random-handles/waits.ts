// The waits of a run of graphs: each must end when all work has, as it may (J12).
import type { Job } from '@drover/core';
import { setTimeout } from 'node:timers/promises';
import { ALL_QUEUES, type Fleet } from './fleet-face.js';
import { isJob, ledger } from './ledger.js';
import { waited, type Given } from './tasks.js';

/** ms in which nothing at all happens, after which what is left hangs. */
const BOUND = 10_000;
/** ms after the end of all work in which each wait must have been told. */
export const TOLD = 3_000;
/** A wait that somebody began. */
interface Waiting {
  name: string;
  what: string;
  ended?: string;
  allowed: readonly string[] | undefined;
}

export class Waits {
  readonly #waits: Waiting[] = [];
  readonly #hanging: string[] = [];

  /** @param isOwn whether what has that id belongs to this run */
  constructor(
    private readonly fleet: Fleet,
    private readonly isOwn: (id: string) => boolean,
  ) {}

  /** @param allowed how it may end; undefined: in any way */
  begin(name: string, what: string, allowed: readonly string[] | undefined, job: Job): void {
    const waiting: Waiting = {
      name,
      what,
      allowed: allowed?.map((outcome) => `waited ${outcome}`),
    };
    this.#waits.push(waiting);
    void waited(job).then((ended) => {
      waiting.ended = ended;
      const given = job.result as Given | undefined;
      if (isJob(given?.job)) void given.job.refresh().catch(() => {});
    });
  }

  /**
   * Resolves when those waits have ended, or when all work has, and that has been told; or when
   * nothing happens any more.
   */
  async settled(which: 'early' | 'all'): Promise<void> {
    let [before, changedAt, idleSince] = ['', performance.now(), 0];
    for (;;) {
      await setTimeout(50);
      const isMeant = ({ what }: Waiting): boolean =>
        which === 'all' || what.startsWith('runs self');
      const open = this.#waits.filter((wait) => wait.ended === undefined && isMeant(wait)).length;
      if (open === 0 && which === 'early') return;
      const undone = await this.#undone();
      if (open === 0 && undone.length === 0) return;
      const now = performance.now();
      const state = JSON.stringify([open, undone, (await ledger.read()).length]);
      if (state !== before) [before, changedAt] = [state, now];
      idleSince = undone.length > 0 ? 0 : idleSince || now;
      if (idleSince > 0 && now - idleSince > TOLD) return;
      if (now - changedAt < BOUND) continue;
      for (const one of undone)
        this.#hanging.push(`${one} has not ended, and nothing happens any more`);
      return;
    }
  }

  async #undone(): Promise<string[]> {
    const all: string[] = [];
    for (const name of ALL_QUEUES) {
      const jobs = await this.fleet
        .queue(name)
        .jobs({ status: ['pending', 'active', 'callbacks'], end: 100 });
      for (const job of jobs) if (this.isOwn(job.id)) all.push(`${/g\d+/.exec(JSON.stringify(job.args[0]) ?? '')?.[0] ?? ''}: ${job} in ${name}`); // prettier-ignore
    }
    return all;
  }

  /** The waits that never ended, or ended in a way that is not allowed. */
  odd(): string[] {
    const odd = this.#waits.flatMap(({ name, what, ended, allowed }) => {
      if (ended === undefined) return [`${name}: the wait for ${what} never ends`];
      if (!allowed || allowed.includes(ended)) return [];
      return [
        `${name}: the wait for ${what} ended with '${ended}', not with '${allowed.join("' or '")}'`,
      ];
    });
    return [...this.#hanging, ...odd];
  }
}
