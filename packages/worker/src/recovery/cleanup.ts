// Cleans up after ended activations: this dispatcher's own when it stops or starts, and those of
// siblings that died (I1, I6, I7).
import { crashPoint } from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import type { DispatcherContext } from '../context/context.js';
import { fieldsIn } from '../logging/log-fields.js';
import { logInterrupted, logRestored, logDeadLetter } from '../logging/log-job.js';
import { lanesServed } from '../options/agent-options.js';
import { interruptAll, type Leftovers } from './interrupt-all.js';
import { knownLanes } from './lanes.js';
import type { RecoveryDeps } from './recovery-deps.js';
import { skipDamaged } from './skip-damaged.js';

export class Cleanup {
  /** The cleanups of siblings that are under way, by UUID. */
  readonly #cleanings = new Map<string, Promise<void>>();
  readonly deps: RecoveryDeps;

  constructor(private readonly context: DispatcherContext) {
    const { settings, store } = context;
    this.deps = {
      store: store.recovery,
      activations: store.activations,
      ownLanes: (queue) => lanesServed(settings, queue),
      onError: context.reportError,
      onDeadLetter: (job, reason) =>
        logDeadLetter(settings.logger, fieldsIn(job, { id: job.id }), reason),
      onRestored: (job) => logRestored(settings.logger, fieldsIn(job, { id: job.id })),
      onInterrupted: (interrupted) => {
        const { jobId: job, task, queue, lane, handleInterrupt, dispatcher: owner } = interrupted;
        logInterrupted(settings.logger, { job, task, queue, lane }, { handleInterrupt, owner });
        if (interrupted.dispatcher === settings.uuid)
          context.history.interrupted(interrupted.jobId);
        context.emit('interrupted', interrupted);
      },
    };
  }

  /** Interrupts the jobs that earlier activations of this UUID still hold in these queues. */
  async cleanUpEarlier(maxEpoch: number, queues: readonly string[]): Promise<void> {
    const { uuid } = this.context.settings;
    await interruptAll(this.deps, { uuid, maxEpoch, queues });
  }

  /** Cleans up after this dispatcher's own activation, unless another process has ended it. */
  async cleanUpOwn({ uuid, epoch, hasBegun }: Activation): Promise<void> {
    await this.#clean(uuid, epoch, hasBegun);
  }

  /** Cleans up after an overdue sibling. If several dispatchers do so, one finds the jobs (I7). */
  cleanUpAfter(uuid: string): void {
    if (this.#cleanings.has(uuid)) return;
    const cleaning = this.#clean(uuid, 'overdue')
      .catch(this.context.reportError)
      .finally(() => this.#cleanings.delete(uuid));
    this.#cleanings.set(uuid, cleaning);
  }

  /** Resolves when no cleanup of a sibling is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#cleanings.values());
  }

  /**
   * Sets the marker of each lane, so that a blocked dispatcher looks again: the ended process may
   * have popped a marker without claiming.
   */
  async #wake(queues: readonly string[]): Promise<void> {
    for (const queue of queues) {
      for (const lane of await knownLanes(this.deps, queue)) {
        await skipDamaged(this.deps, () => this.deps.store.wake(queue, lane));
      }
    }
  }

  /** If this process dies, another cleanup repeats the steps. */
  async #clean(
    uuid: string,
    whose: number | 'overdue',
    hasBegun?: Leftovers['hasBegun'],
  ): Promise<void> {
    const { store, settings, emit } = this.context;
    const { activations } = store;
    const { uuid: own, deathInterval } = settings;
    const found = await activations.beginCleaning(uuid, whose, own, deathInterval);
    if (!found) return;
    crashPoint('interrupt.after-cleaning');
    const { epoch, newlyDead, host, pid, age, queues } = found;
    if (newlyDead && whose === 'overdue') {
      settings.logger.warn(
        { dead: uuid, epoch, host, pid, age },
        'a dispatcher died: its jobs are interrupted',
      );
      emit('died', { uuid, epoch, host, pid, age });
    }
    do {
      const own = hasBegun && { hasBegun };
      await interruptAll(this.deps, { uuid, maxEpoch: epoch, queues, ...own });
      await this.#wake(queues);
      crashPoint('interrupt.before-deactivated');
    } while (!(await activations.endCleaning(uuid, epoch)));
  }
}
