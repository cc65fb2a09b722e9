// Waiting for the jobs of a queue, until something holds of a job, or it will never come (J12).
// Redis tells of all that Drover does. Other programs remove jobs without a word: one call for all
// waits finds those, every 2 s.
import type { Availability } from '../../redis/availability.js';
import type { RedisClient } from '../../redis/connection.js';
import { BadStatusError, TimeoutError } from '../../errors.js';
import { timerDelay } from '../../lib/timeout.js';
import type { OriginLocation, StoredJob } from '../../model/records.js';
import type { EventWatcher } from './event-watcher.js';
import type { LaneKeys } from './keys.js';
import { wherePut } from './put/put-at.js';
import { readJob } from './read/read.js';
import { CHUNK, runScript } from './scripts/run-script.js';

/** How a job is waited for. */
export interface WaitFor {
  timeout?: number | undefined;
  /** The events of the job that count. Default: all. */
  events?: ReadonlySet<string>;
  /**
   * The jobs that may store it still, nearest first. Default: none, so that it was removed where it
   * is not there.
   */
  origins?: readonly OriginLocation[];
}

/** What the waits of a queue need of it. */
export interface WaitDeps {
  client: RedisClient;
  availability: Availability;
  /** Starts to read events; `onGap` is called where some may have been missed. */
  startWatcher: (onGap: () => void) => EventWatcher;
}

/** What a look for a job comes to. */
type Found = { job: StoredJob } | { elsewhere: LaneKeys } | 'may come' | { never: Error };

/**
 * In ms: so often it is seen whether what is waited for is stored. Other programs may remove a job
 * without a word (O6).
 */
const LOOK_AGAIN = 2_000;

/** A wait that is under way. */
interface Wait {
  look: () => void;
  giveUp: (error: Error) => void;
  /** Where its job is, as far as is known. */
  key: () => string;
}

/** The events after which a job stores no other one. */
const ORIGIN_ENDS: ReadonlySet<string> = new Set(['completed', 'failed', 'removed']);
/** The reply of the script where the job is stored. */
const STORED = 1;

export class JobWaits {
  readonly #waits = new Set<Wait>();
  #timer: NodeJS.Timeout | undefined;
  #watcher: EventWatcher | undefined;

  constructor(private readonly place: WaitDeps) {}

  /**
   * Resolves with the job when `condition` holds. It looks when the job's events say that something
   * changed.
   * @returns it, and the lane where it is
   * @throws TimeoutError; BadStatusError where the job was removed, or will never come
   */
  async waitFor(
    keys: LaneKeys,
    id: string,
    condition: (job: StoredJob) => boolean,
    { timeout, events, origins = [] }: WaitFor,
  ): Promise<{ job: StoredJob; keys: LaneKeys }> {
    const watcher = (this.#watcher ??= this.place.startWatcher(() => {
      for (const { look } of this.#waits) look();
    }));
    let timer: NodeJS.Timeout | undefined;
    const cleanUps: (() => void)[] = [];
    let isOver = false;
    // How long it waits is for its own timeout to say.
    const ask = <T>(action: () => Promise<T>): Promise<T> =>
      this.place.availability.call(action, { isOver: () => isOver });
    try {
      return await new Promise((resolve, reject) => {
        let followsOrigins = false;
        /** Where it is, as far as is known. */
        let at = keys;
        const look = (): void => {
          ask(() => this.#find(at, id, origins)).then((found) => {
            if (found === 'may come') followOrigins();
            else if ('never' in found) reject(found.never);
            else if ('elsewhere' in found) lookAt((at = found.elsewhere));
            else if (condition(found.job)) resolve({ job: found.job, keys: at });
          }, reject);
        };
        const lookAt = (lane: LaneKeys): void => {
          ask(() => watcher.follow(lane.list('events'))).then(look, reject);
        };
        // The end of an origin is an event too. It may have come before it is listened for: look
        // once more.
        const followOrigins = (): void => {
          if (followsOrigins) return;
          followsOrigins = true;
          const places = origins.map((origin) => keys.sibling(origin.lane, origin.queue));
          for (const origin of origins) {
            cleanUps.push(watcher.listen(origin.id, (event) => ORIGIN_ENDS.has(event) && look()));
          }
          const follow = async (): Promise<void> => {
            await Promise.all(places.map((place) => watcher.follow(place.list('events'))));
          };
          ask(follow).then(look, reject);
        };
        cleanUps.push(
          watcher.listen(id, (event) => {
            // One that was removed may be there again, or come again.
            if (event === 'removed' || !events || events.has(event)) look();
          }),
        );
        const wait: Wait = { look, giveUp: reject, key: () => at.job(id) };
        this.#waits.add(wait);
        this.#timer ??= setInterval(() => void this.#lookAgain(), LOOK_AGAIN).unref();
        cleanUps.push(() => this.#waits.delete(wait));
        if (timeout !== undefined) {
          const late = (): void =>
            reject(new TimeoutError(`job ${id}: not there after ${timeout} ms`));
          timer = setTimeout(late, timerDelay(timeout));
        }
        lookAt(keys);
      });
    } finally {
      isOver = true;
      clearTimeout(timer);
      for (const cleanUp of cleanUps) cleanUp();
    }
  }

  /** Each wait rejects with `error`. Resolves when the connection has ended. */
  async close(error: Error): Promise<void> {
    clearInterval(this.#timer);
    for (const { giveUp } of this.#waits) giveUp(error);
    await this.#watcher?.close();
  }

  /**
   * Lets those look whose jobs are not stored. One script call is enough for a thousand of them.
   */
  async #lookAgain(): Promise<void> {
    const waits = [...this.#waits];
    for (let i = 0; i < waits.length; i += CHUNK) {
      const page = waits.slice(i, i + CHUNK);
      const keys = page.map(({ key }) => key());
      // What is wrong with Redis is told by the waits themselves.
      const found = await runScript(this.place.client, 'notStored', [keys[0] ?? ''], keys).catch(
        () => [],
      );
      for (const place of found as number[]) page[place - 1]?.look();
    }
  }

  async #find(keys: LaneKeys, id: string, origins: readonly OriginLocation[]): Promise<Found> {
    const { client } = this.place;
    for (;;) {
      const job = await readJob(client, keys, id);
      if (job) return { job };
      // Others may have had it as a new job, and put it elsewhere (J12).
      const elsewhere = await wherePut(client, keys, id);
      if (elsewhere) return { elsewhere };
      if (origins.length === 0) return { never: removed(id) };
      const originKeys = origins.map((origin) =>
        keys.sibling(origin.lane, origin.queue).job(origin.id),
      );
      const reply = await runScript(client, 'lookFor', [keys.job(id)], originKeys);
      if (Array.isArray(reply)) return { never: neverComing(id, reply as [string, string]) };
      if (reply !== STORED) return 'may come';
    }
  }
}

function removed(id: string): BadStatusError {
  return new BadStatusError(`job ${id} was removed: it will never complete`);
}

/** @param reply of the script that looked for it */
function neverComing(
  id: string,
  [why, originKey]: [why: string, originKey: string],
): BadStatusError {
  if (why === 'stored before') return removed(id);
  const origin = originKey.slice(originKey.lastIndexOf(':') + 1);
  const what = why === 'ended' ? 'has ended without it' : 'was removed';
  return new BadStatusError(
    `job ${id} will never come: job ${origin}, which was to store it, ${what}`,
  );
}
