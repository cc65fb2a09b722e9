// Runs the reconcile passes of one activation: one in each death interval, and one soon after an
// error, since a lost reply may have left a claim without a run.
import type { Activation } from '../activation/activation.js';
import type { Settings } from '../options/settings.js';
import { reconcile } from '../recovery/reconcile.js';
import type { RecoveryDeps } from '../recovery/recovery-deps.js';
import { skipDamaged } from '../recovery/skip-damaged.js';
import type { OwnRecord } from './own-record.js';

/** Ms from an error to the next pass: calls that are under way can end before it. */
const DELAY_AFTER_ERROR = 250;

export class ReconcileTimer {
  #passes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The time of the next pass, in ms of the monotonic clock. */
  #due = Infinity;
  #pass: Promise<void> | undefined;

  constructor(
    private readonly deps: RecoveryDeps,
    private readonly activation: Activation,
    private readonly record: OwnRecord,
    private readonly settings: Pick<Settings, 'queues' | 'deathInterval'>,
  ) {}

  start(): void {
    this.#runIn(this.settings.deathInterval);
  }

  /** After an error. Further errors do not delay the pass: it comes while they last. */
  startSoon(): void {
    this.#runIn(DELAY_AFTER_ERROR);
  }

  /** Resolves when the pass under way has ended. The activation must have stopped accepting. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#pass;
  }

  #runIn(delay: number): void {
    const due = performance.now() + delay;
    if (!this.activation.accepting || due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#pass = this.#run();
    }, delay);
  }

  async #run(): Promise<void> {
    this.#due = Infinity;
    try {
      await skipDamaged(this.deps, () => this.record.refresh());
      await reconcile(this.deps, this.activation, this.settings.queues, this.#passes++);
      this.start();
    } catch (error) {
      this.deps.onError(error as Error);
      this.startSoon();
    }
  }
}
