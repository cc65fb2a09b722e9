// Waits until a condition holds of a job, or the job will never come (J12). Events say when to look
// again. Other programs may remove a job without an event (O6), so every 2 s one call finds the
// waits whose jobs are gone.
import type { Availability } from '../../redis/availability.js';
import type { RedisClient } from '../../redis/connection.js';
import { BadStatusError, TimeoutError } from '../../errors.js';
import { chunksOf } from '../../lib/chunks.js';
import { timerDelay } from '../../lib/timeout.js';
import type { NewStoredJob, OriginLocation, StoredJob } from '../../model/records.js';
import type { EventWatcher } from './event-watcher.js';
import type { JobEvent } from './job-event.js';
import type { LaneKeys } from './keys.js';
import { wherePut } from './put/put-at.js';
import { readJob } from './read/read.js';
import { CHUNK, runScript } from './scripts/run-script.js';

/** Options of a wait. */
export interface WaitFor {
  /** ms. Default: no limit. */
  timeout?: number | undefined;
  /** The names of the events to look after. Default: all. */
  events?: ReadonlySet<string>;
  /**
   * The job after one of these events, from its last read; undefined where it has to be read again.
   * Default: it is always read again.
   */
  after?: (job: StoredJob, event: JobEvent) => StoredJob | undefined;
  /** The job as the caller knows it, such as since its put. */
  known?: StoredJob | undefined;
  /**
   * The jobs that may still store it, nearest first. Default: none: a job that is not stored was
   * removed.
   */
  origins?: readonly OriginLocation[];
}

export interface WaitDeps {
  client: RedisClient;
  availability: Availability;
  /** `onGap` is called where events may have been missed. */
  startWatcher: (onGap: () => void) => EventWatcher;
}

/** The answer to one look for a job. */
type Found = { job: StoredJob } | { elsewhere: LaneKeys } | 'may come' | { never: Error };

/** ms between the looks for jobs that are gone without an event. */
const LOOK_AGAIN = 2_000;

/** A wait that is under way. */
interface Wait {
  look: () => void;
  /** Whether it has begun to read the job. */
  hasLooked: () => boolean;
  giveUp: (error: Error) => void;
  /** The key of the job at its last known place. */
  key: () => string;
}

/** After these events a job stores no other one. */
const ORIGIN_ENDS: ReadonlySet<string> = new Set(['completed', 'failed', 'removed']);
/** The reply of `look-for` where the job is stored. */
const STORED = 1;

export class JobWaits {
  readonly #waits = new Set<Wait>();
  #timer: NodeJS.Timeout | undefined;
  #watcher: EventWatcher | undefined;

  constructor(private readonly deps: WaitDeps) {}

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
    { timeout, events, after, known: knownBefore, origins = [] }: WaitFor,
  ): Promise<{ job: StoredJob; keys: LaneKeys }> {
    const watcher = (this.#watcher ??= this.deps.startWatcher(() => {
      for (const { look } of this.#waits) look();
    }));
    let timer: NodeJS.Timeout | undefined;
    const cleanUps: (() => void)[] = [];
    let isOver = false;
    // Each call waits for Redis as long as the wait goes on, which has its own timeout.
    const ask = <T>(action: () => Promise<T>): Promise<T> =>
      this.deps.availability.call(action, { isOver: () => isOver });
    try {
      return await new Promise((resolve, reject) => {
        let followsOrigins = false;
        /** The last known place of the job. */
        let at = keys;
        /** The job as it was last read there. */
        let known: StoredJob | undefined;
        let hasLooked = false;
        const look = (): void => {
          hasLooked = true;
          ask(() => this.#find(at, id, origins)).then((found) => {
            if (found === 'may come') followOrigins();
            else if ('never' in found) reject(found.never);
            else if ('elsewhere' in found) lookAt((at = found.elsewhere));
            else if (condition(found.job)) resolve({ job: found.job, keys: at });
            else known = found.job;
          }, reject);
        };
        const lookAt = (lane: LaneKeys): void => {
          ask(() => watcher.follow(lane.list('events'))).then(look, reject);
        };
        // It looks once more at the end: an origin may have ended before its stream was followed.
        const followOrigins = (): void => {
          if (followsOrigins) return;
          followsOrigins = true;
          const places = origins.map((origin) => keys.sibling(origin.lane, origin.queue));
          for (const origin of origins) {
            cleanUps.push(watcher.listen(origin.id, ({ name }) => ORIGIN_ENDS.has(name) && look()));
          }
          const follow = async (): Promise<void> => {
            await Promise.all(places.map((place) => watcher.follow(place.list('events'))));
          };
          ask(follow).then(look, reject);
        };
        /** Whether the wait ends by an event, without another read of the job. */
        const endsBy = (event: JobEvent): boolean => {
          const job = known && after?.(known, event);
          if (!job || !condition(job)) return false;
          resolve({ job, keys: at });
          return true;
        };
        cleanUps.push(
          watcher.listen(id, (event) => {
            const { name, stream } = event;
            // A job that was removed may be stored again, or may still come.
            if (name === 'removed') known = undefined;
            else if (events && !events.has(name)) return;
            if (stream !== at.list('events') || !endsBy(event)) look();
          }),
        );
        const wait: Wait = {
          look,
          hasLooked: () => hasLooked,
          giveUp: reject,
          key: () => at.job(id),
        };
        this.#waits.add(wait);
        this.#timer ??= setInterval(() => void this.#lookAgain(), LOOK_AGAIN).unref();
        cleanUps.push(() => this.#waits.delete(wait));
        if (timeout !== undefined) {
          const late = (): void =>
            reject(new TimeoutError(`job ${id}: not there after ${timeout} ms`));
          timer = setTimeout(late, timerDelay(timeout));
        }
        const put = knownBefore && watcher.takePut(keys.list('events'), id);
        if (put) known = knownBefore;
        if (!put || (put.end && !endsBy(put.end))) lookAt(keys);
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
   * Each wait whose job is not stored looks. One script call asks for a thousand waits. A wait that
   * has not read its job does so now: its put may have been done by an attempt without a reply, and
   * the end of the job have come before the events were followed.
   */
  async #lookAgain(): Promise<void> {
    for (const { hasLooked, look } of this.#waits) if (!hasLooked()) look();
    for (const waits of chunksOf([...this.#waits], CHUNK)) {
      const keys = waits.map(({ key }) => key());
      // The waits themselves report an error of Redis.
      const found = await runScript(this.deps.client, 'notStored', [keys[0] ?? ''], keys).catch(
        () => [],
      );
      for (const position of found as number[]) waits[position - 1]?.look();
    }
  }

  async #find(keys: LaneKeys, id: string, origins: readonly OriginLocation[]): Promise<Found> {
    const { client } = this.deps;
    for (;;) {
      const job = await readJob(client, keys, id);
      if (job) return { job };
      // Another holder may have put it elsewhere (J12).
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

/** @param reply of `look-for` */
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
