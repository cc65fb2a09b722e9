// The producer: decides by the seed which jobs are put, and which of them get callbacks late, are
// cancelled, retried, removed, or get more parts.
import type { Job, Queue } from '@drover/core';
import { setTimeout } from 'node:timers/promises';
import { Random } from '#kit/faults/random';
import { argsShown } from './arguments.js';
import { Calls } from './calls.js';
import type { History, Put } from './history.js';
import { Pending } from './pending.js';
import { planFailingOnce, planFailingParts, planGrowing, planPart } from './plan-changed.js';
import { planKeyed } from './plan-keyed.js';
import { manyOf, planMany } from './plan-many.js';
import { planOrdered } from './plan-ordered.js';
import { planPacked } from './plan-packed.js';
import { HELD, planPassed, planPassing } from './plan-passed.js';
import { planUpdate, planUpdated } from './plan-updated.js';
import type { Planned } from './plans.js';
import type { QueueName } from './queues.js';
import { addsCallback, goesOn, work } from './tasks.js';

/** Of its random numbers: others of the same seed stand below. */
const FIRST_STREAM = 200_000;

export class Producer {
  readonly #put: Planned[] = [];
  readonly #pending = new Pending();
  readonly #calls: Calls;

  constructor(
    queues: Record<QueueName, Queue>,
    history: History,
    private readonly seed: number,
  ) {
    this.#calls = new Calls(queues, history);
  }

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
    await this.#calls.waitsEnd(within);
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
    if (random.chance(0.08)) return void (await this.#calls.put(planKeyed(name, random), random));
    if (random.chance(0.06)) return await this.#updating(name, random);
    if (random.chance(0.03)) return await this.#changingAll(name, random);
    const planned = random.chance(0.06)
      ? await planGrowing(name, random)
      : (random.chance(0.08) ? planPacked : planOrdered)(name, random);
    // Decided before anything is asked of Redis, whose answers differ from run to run.
    const callbackAfter = random.chance(0.15) ? random.between(0, 1_500) : undefined;
    const cancelAfter = random.chance(0.06) ? random.between(0, 600) : undefined;
    const more =
      planned.put.composite && random.chance(0.2) ? planPart(`${name}.more`, random) : undefined;
    const adds = random.chance(0.05);
    const looks = planned.put.composite && random.chance(0.3) ? random.between(1, 5) : 0;
    const looksAfter = Array.from({ length: looks }, () => random.between(0, 2_000));
    if (!(await this.#calls.put(planned, random))) return;
    this.#put.push(planned);
    if (callbackAfter !== undefined)
      this.#later(
        `adding a callback to ${name}`,
        this.#calls.addCallback(planned, `${name}/late`, callbackAfter),
      );
    if (cancelAfter !== undefined)
      this.#later(`cancelling ${name}`, this.#calls.cancel(planned, cancelAfter));
    for (const after of looksAfter)
      this.#later(`looking at ${name}`, this.#calls.progress(planned, after));
    if (more) this.#later(`appending to ${name}`, this.#calls.append(planned, more));
    if (adds) {
      const job = addsCallback.job(`${name}/adds`, random.pick(this.#put).job) as Job;
      const put = {
        id: job.id,
        name: `${name}/adds`,
        kind: 'adds callback',
        args: argsShown(job.args),
      };
      await this.#calls.put({ job, put }, random);
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
    if (!(await this.#calls.put({ job: shared, put }, random))) return;
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
      await this.#calls.put({ job, put }, random);
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
    if (!(await this.#calls.put(passed, random))) return;
    if (isHeld && end === 'remove')
      this.#later(`removing ${name}/passed`, this.#calls.remove(passed, after));
    if (isHeld && end === 'cancel')
      this.#later(`cancelling ${name}/passed`, this.#calls.cancel(passed, after));
    for (let i = random.between(1, 3); i > 0; i--) {
      await this.#calls.put(planPassing(`${name}/passing${i}`, random, passed.job), random);
      await setTimeout(random.between(0, 500));
    }
  }

  /** A job that is changed while it waits for its time. */
  async #updating(name: string, random: Random): Promise<void> {
    const planned = planUpdated(name, random);
    const [after, { change, update }] = [random.between(0, 1_500), planUpdate(name, random)];
    if (!(await this.#calls.put(planned, random))) return;
    await setTimeout(after);
    await this.#calls.update(planned, change, update);
  }

  /** Jobs that are retried or cancelled together, by a filter. */
  async #changingAll(name: string, random: Random): Promise<void> {
    const how = random.pick(['retry', 'cancel'] as const);
    const planned = planMany(name, random, how);
    const pauses = Array.from({ length: 5 }, () =>
      how === 'retry' ? random.between(500, 5_000) : random.between(100, 1_500),
    );
    if (!(await this.#calls.putAll(planned))) return;
    for (const pause of pauses) {
      await setTimeout(pause);
      await this.#calls.changeAll(how, planned, manyOf(name));
    }
  }

  /** A job that fails, and is retried from outside when it has, as often as it fails. */
  async #failingOnce(name: string, random: Random): Promise<void> {
    const planned = random.chance(0.5)
      ? planFailingOnce(name, random)
      : planFailingParts(name, random);
    if (!(await this.#calls.put(planned, random))) return;
    for (let attempt = 0; attempt < 12; attempt++) {
      await setTimeout(random.between(200, 1_500));
      await this.#calls.retry(planned);
    }
  }
}
