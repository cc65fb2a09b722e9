// The waits of a queue for its jobs. Events say when to look again. Other programs may remove a job
// without an event (O6), so every 2 s one call finds the waits whose jobs are gone.
import type { Availability } from '../../redis/availability.js';
import type { RedisClient } from '../../redis/connection.js';
import { chunksOf } from '../../lib/chunks.js';
import type { NewStoredJob, StoredJob } from '../../model/records.js';
import type { EventWatcher } from './event-watcher.js';
import { JobWait, type Waited, type WaitFor } from './job-wait.js';
import type { LaneKeys } from './keys.js';
import { CHUNK, runScript } from './scripts/run-script.js';

export interface WaitsDeps {
  client: RedisClient;
  availability: Availability;
  /** `onGap` is called where events may have been missed. */
  startWatcher: (onGap: () => void) => EventWatcher;
}

/** ms between the looks for jobs that are gone without an event. */
const LOOK_AGAIN = 2_000;

export class JobWaits {
  readonly #waits = new Set<JobWait>();
  #timer: NodeJS.Timeout | undefined;
  #watcher: EventWatcher | undefined;

  constructor(private readonly deps: WaitsDeps) {}

  /** This process is about to put jobs of a queue. */
  expect(main: LaneKeys, jobs: readonly NewStoredJob[]): void {
    if (!this.#watcher) return;
    for (const { id, lane, isShared } of jobs)
      // Another holder may have put a shared job before.
      if (!isShared) this.#watcher.expect(main.sibling(lane).list('events'), id);
  }

  /**
   * Resolves with the job, and the lane where it is stored, when `condition` holds.
   * @throws TimeoutError; BadStatusError where the job was removed, or will never come
   */
  async waitFor(
    keys: LaneKeys,
    id: string,
    condition: (job: StoredJob) => boolean,
    options: WaitFor,
  ): Promise<Waited> {
    const { client, availability } = this.deps;
    const watcher = (this.#watcher ??= this.deps.startWatcher(() => {
      for (const wait of this.#waits) wait.lookAnew();
    }));
    const wait = new JobWait({ client, availability, watcher }, keys, id, condition, options);
    this.#waits.add(wait);
    this.#timer ??= setInterval(() => void this.#lookAgain(), LOOK_AGAIN).unref();
    try {
      wait.begin();
      return await wait.ended;
    } finally {
      this.#waits.delete(wait);
      wait.end();
    }
  }

  /** Each wait rejects with `error`. Resolves when the connection has ended. */
  async close(error: Error): Promise<void> {
    clearInterval(this.#timer);
    for (const wait of this.#waits) wait.giveUp(error);
    await this.#watcher?.close();
  }

  /**
   * Each wait whose job is not stored looks, and each that did not find a job which is stored now.
   * One script call asks for a thousand waits. A wait that has not read its job does so now: its
   * put may have been done by an attempt without a reply, and the end of the job have come before
   * the events were followed.
   */
  async #lookAgain(): Promise<void> {
    for (const wait of this.#waits) if (!wait.hasLooked) wait.look();
    for (const waits of chunksOf([...this.#waits], CHUNK)) {
      const keys = waits.map(({ key }) => key);
      // The waits themselves report an error of Redis.
      const reply = await runScript(this.deps.client, 'notStored', [keys[0] ?? ''], keys).catch(
        () => undefined,
      );
      if (!reply) continue;
      const missing = new Set(reply as number[]);
      for (const [i, wait] of waits.entries()) if (missing.has(i + 1) || !wait.isThere) wait.look();
    }
  }
}
