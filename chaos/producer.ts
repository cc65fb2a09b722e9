// The producer: puts the workload through a faulty connection, adds callbacks late, cancels,
// retries, removes and waits, and writes down
// what was acknowledged.
import type { Composite } from '@drover/composite';
import type { Job, Queue } from '@drover/core';
import { setTimeout } from 'node:timers/promises';
import { Random } from '#kit/faults/random';
import type { History, Put } from './history.js';
import { argsShown } from './arguments.js';
import { Pending } from './pending.js';
import { planPacked } from './plan-packed.js';
import {
  HELD,
  planFailingOnce,
  planFailingParts,
  planGrowing,
  planJob,
  planPart,
  planPassed,
  planPassing,
  type Planned,
} from './plans.js';
import type { QueueName } from './queues.js';
import { addsCallback, callback, goesOn, waited, work } from './tasks.js';

/** Of its random numbers: others of the same seed stand below. */
const FIRST_STREAM = 200_000;

export class Producer {
  readonly #put: Planned[] = [];
  readonly #pending = new Pending();
  readonly #waiting = new Pending();

  constructor(
    private readonly queues: Record<QueueName, Queue>,
    private readonly history: History,
    private readonly seed: number,
  ) {}

  /** Begins to put so many jobs, evenly over so many ms. */
  async produce(jobs: number, ms: number): Promise<void> {
    const start = performance.now();
    for (let i = 0; i < jobs; i++) {
      await setTimeout(Math.max(0, start + (i * ms) / jobs - performance.now()));
      // Each has random numbers of its own: how long one takes changes nothing for the others.
      this.#later(`putting job${i}`, this.#one(`job${i}`, new Random(this.seed, FIRST_STREAM + i)));
    }
  }

  /**
   * Resolves when all that was begun has been acknowledged or refused, or after so many ms: with
   * what has not.
   */
  async ended(within: number): Promise<string[]> {
    return await this.#pending.end(within);
  }

  /** Resolves when every wait has ended, or after so many ms. */
  async waitsEnd(within: number): Promise<void> {
    await this.#waiting.end(within);
  }

  #later(name: string, doing: Promise<void>): void {
    this.#pending.add(
      name,
      doing.catch((error: unknown) => console.error('the producer failed:', error)),
    );
  }

  async #one(name: string, random: Random): Promise<void> {
    if (random.chance(0.05)) return await this.#sharing(name, random);
    if (random.chance(0.05)) return await this.#failingOnce(name, random);
    if (random.chance(0.08)) return await this.#passing(name, random);
    const planned = random.chance(0.06)
      ? await planGrowing(name, random)
      : (random.chance(0.08) ? planPacked : planJob)(name, random);
    // Decided before anything is asked of Redis, whose answers differ from run to run.
    const callbackAfter = random.chance(0.15) ? random.between(0, 1_500) : undefined;
    const cancelAfter = random.chance(0.06) ? random.between(0, 600) : undefined;
    const more =
      planned.put.composite && random.chance(0.2) ? planPart(`${name}.more`, random) : undefined;
    const adds = random.chance(0.05);
    if (!(await this.#putting(planned, random))) return;
    this.#put.push(planned);
    if (callbackAfter !== undefined)
      this.#later(
        `adding a callback to ${name}`,
        this.#addCallback(planned.job, `${name}/late`, callbackAfter),
      );
    if (cancelAfter !== undefined)
      this.#later(`cancelling ${name}`, this.#cancel(planned.job, cancelAfter));
    if (more) this.#later(`appending to ${name}`, this.#append(planned, more));
    if (adds) {
      const job = addsCallback.job(`${name}/adds`, random.pick(this.#put).job) as Job;
      const put = {
        id: job.id,
        name: `${name}/adds`,
        kind: 'adds callback',
        args: argsShown(job.args),
      };
      await this.#putting({ job, put }, random);
    }
  }

  /** Two jobs that go on with the same third one. */
  async #sharing(name: string, random: Random): Promise<void> {
    const shared = work.job({ name: `${name}/shared`, ms: random.between(0, 300) });
    const put: Put = {
      id: shared.id,
      name: `${name}/shared`,
      kind: 'shared',
      args: argsShown(shared.args),
    };
    if (!(await this.#putting({ job: shared, put }, random))) return;
    for (const i of [0, 1]) {
      const job = goesOn.job({ name: `${name}/sharing${i}` }, shared as never);
      const args = argsShown(job.args);
      const put: Put = {
        id: job.id,
        name: `${name}/sharing${i}`,
        kind: 'sharing',
        returns: shared.id,
        args,
      };
      await this.#putting({ job, put }, random);
    }
  }

  /**
   * A job whose handle is passed on, over queues and lanes, and that is taken out in between, or
   * not.
   */
  async #passing(name: string, random: Random): Promise<void> {
    const isHeld = random.chance(0.6);
    const passed = planPassed(`${name}/passed`, random, isHeld);
    const [end, after] = [
      random.pick(['remove', 'remove', 'cancel', 'nothing'] as const),
      random.between(0, HELD / 4),
    ];
    if (!(await this.#putting(passed, random))) return;
    if (isHeld && end === 'remove')
      this.#later(`removing ${name}/passed`, this.#remove(passed, after));
    if (isHeld && end === 'cancel')
      this.#later(`cancelling ${name}/passed`, this.#cancel(passed.job, after));
    for (let i = random.between(1, 3); i > 0; i--) {
      await this.#putting(planPassing(`${name}/passing${i}`, random, passed.job), random);
      await setTimeout(random.between(0, 500));
    }
  }

  async #remove({ job, queue = 'work' }: Planned, after: number): Promise<void> {
    await setTimeout(after);
    this.history.note({ what: 'removed', job: job.id, acknowledged: false });
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        // By its id: a handle that is given would be new again (Q1).
        await this.queues[queue].remove(job.id);
        return this.history.note({ what: 'removed', job: job.id, acknowledged: true });
      } catch (error) {
        // It runs; or it was removed, and word of that was lost.
        if ((error as { code?: unknown }).code === 'DROVER_BAD_STATUS') return;
        if (!isTrouble(error)) throw error;
      }
    }
  }

  /** Of a job that was put: when its wait has ended, and of each part of a composite. */
  #waitFor(job: Job): void {
    this.history.note({ what: 'waits', job: job.id });
    const waiting = waited(job).then((end) =>
      this.history.note({ what: 'waited', job: job.id, with: end }),
    );
    this.#waiting.add(`waiting for ${job.id}`, waiting);
    for (const part of 'jobs' in job ? (job as Composite).jobs : []) this.#waitFor(part);
  }

  /** Whether it was acknowledged. A put that was answered with an error is repeated, or not. */
  async #putting({ job, put, queue = 'work' }: Planned, random: Random): Promise<boolean> {
    this.history.note({ what: 'put', acknowledged: false, put });
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await this.queues[queue].put(job);
        this.history.note({ what: 'put', acknowledged: true, put });
        this.#waitFor(job);
        return true;
      } catch (error) {
        if (!isTrouble(error)) throw error;
        if (random.chance(0.2)) return false;
      }
    }
    return false;
  }

  async #addCallback(job: Job, name: string, after: number): Promise<void> {
    await setTimeout(after);
    const added = callback.job(name);
    this.history.note({
      what: 'added callback',
      of: job.id,
      callback: added.id,
      acknowledged: false,
    });
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await job.addCallback(added);
        return this.history.note({
          what: 'added callback',
          of: job.id,
          callback: added.id,
          acknowledged: true,
        });
      } catch (error) {
        // Redis has lost the job: it came back with an older state.
        if ((error as { code?: unknown }).code === 'DROVER_BAD_STATUS') return;
        if (!isTrouble(error)) throw error;
      }
    }
  }

  /** A part more, before the composite starts: then it is refused. */
  async #append({ job, put: { id: to } }: Planned, more: Planned): Promise<void> {
    this.history.note({ what: 'appended', to, part: more.put, acknowledged: false });
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await (job as Composite).append(more.job);
        return this.history.note({ what: 'appended', to, part: more.put, acknowledged: true });
      } catch (error) {
        // It has started; or it was appended, and word of it was lost.
        if ((error as { code?: unknown }).code === 'DROVER_BAD_STATUS') return;
        if (!isTrouble(error)) throw error;
      }
    }
  }

  /** A job that fails, and is retried from outside when it has, as often as it fails. */
  async #failingOnce(name: string, random: Random): Promise<void> {
    const planned = random.chance(0.5)
      ? planFailingOnce(name, random)
      : planFailingParts(name, random);
    const { job } = planned;
    if (!(await this.#putting(planned, random))) return;
    for (let attempt = 0; attempt < 12; attempt++) {
      await setTimeout(random.between(200, 1_500));
      this.history.note({ what: 'retried', job: job.id, acknowledged: false });
      try {
        await job.retry();
        this.history.note({ what: 'retried', job: job.id, acknowledged: true });
      } catch (error) {
        // It has not ended yet, or not failed: an interrupt gave it its second claim.
        if ((error as { code?: unknown }).code !== 'DROVER_BAD_STATUS' && !isTrouble(error))
          throw error;
      }
    }
  }

  async #cancel(job: Job, after: number): Promise<void> {
    await setTimeout(after);
    this.history.note({ what: 'cancelled', job: job.id, acknowledged: false });
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await job.cancel('as the seed says');
        return this.history.note({ what: 'cancelled', job: job.id, acknowledged: true });
      } catch (error) {
        if ((error as { code?: unknown }).code === 'DROVER_BAD_STATUS') return; // it has ended
        if (!isTrouble(error)) throw error;
      }
    }
  }
}

/** An error of Redis's, or of the way to it: the same can be tried again. */
function isTrouble(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? '');
  return code === 'DROVER_UNAVAILABLE' || !code.startsWith('DROVER_');
}
